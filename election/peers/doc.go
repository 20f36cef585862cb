// Package peers keeps the connections over which servers elect (class QuorumCnxManager; election.md section 1): one
// connection a pair of servers, frames with the server id of the peer on both sides.
//
//	smaller id                                    larger id
//	    | dial, initial message ------------------->|   the larger one keeps what it dialed itself:
//	    |<------------------------------- close ----|   it closes this one
//	    |<----------- dial, initial message --------|   and calls back
//	    |<============= frames, both ways =========>|
//
// Messages of an election replace each other, so nothing here queues or waits: to each peer there is at most one
// message on its way out, the newest; what comes in is handed on at once. A fresh connection begins with the last
// message once more. A broken connection is made anew when there is something to send.
//
// Nobody is trusted before and after the initial message: bytes that are wrong cost their own connection and one
// [Event], lengths are checked before anything is allocated, and servers outside of the configuration are bounded in
// number.
//
// A [Mesh] is all of this for one server. It knows nothing of votes: messages are bytes (package election has their
// format). Network and clock are handed in, so that a simulation can replace them; TLS is a [Network] that dials and
// listens with it.
//
// It imports election/quorum, for the addresses of the members.
package peers
