// Package packet is what a leader and its learners say to each other on the quorum port: Apache's QuorumPacket, its
// kinds, and what stands in the data of each kind. Bytes from a peer that cannot be meant so end in an error that wraps
// ErrMalformed or ErrTooLarge; nothing panics, and nothing is allocated that the peer has not sent.
//
// Packets follow each other without a length before them, so a Reader takes them from a stream field by field. After a
// SNAP packet the stream holds a raw snapshot: Reader.Stream lends it.
package packet
