// Package link has the connections between a leader and its learners, on the quorum port: packets both ways, and the
// snapshot that may be among them.
//
//	Send, SendSnapshot -> queue -> writer: encodes all that waits into one buffer, few writes -> peer
//	Handler.Packets <- one batch a read <- reader <- peer
//
// So it is until both ends are in step (Link.Settle). Then the link goes on an event loop of the clients' connections:
//
//	Send -> the kernel, on the sender's stack; what it does not take -> event loop -> peer
//	Handler.Packets <- one batch a read <- event loop <- peer
//
// A [Link] has no opinion: what packets mean, when a peer has been
// silent for too long and what a role does then is decided above. Nobody who sends waits: what a peer does not take in
// time is queued up to a bound, and beyond it the link is closed (the learner comes back and is synchronised anew).
// While a snapshot travels both ends want to see progress, since nothing else is said during that time.
//
// Bytes that are wrong cost their own link. Package zab/packet checks lengths before anything is allocated.
//
// [TCP] is the network of production. Package linktest has one in memory, whose deliveries are driven by a simulation.
// It imports election/peers for the sockets (dialing, listening), which are injected, netio and zab/packet.
package link
