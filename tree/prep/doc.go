// Package prep turns the write requests of clients into transactions. It is the only place where a write is judged: what
// comes out of here applies on every server without a further check.
//
// A transaction must be right for the tree as it will be when its turn comes, which is not the tree of now: the
// transactions before it may still be on their way to the disk and to the other servers. So a Preparer looks at the
// tree and at the outstanding changes (pending.go), which are the effects of all that it prepared and that is not yet
// applied. That way prepare, log and apply overlap and nobody waits.
//
//	request -> Prepare -> tree.Txn -> log, quorum -> tree.Apply
//	             |  ^                                   |
//	             v  | (reads)                           v
//	          pending <------------- Applied(zxid) -----+
//
// A request that is refused gives a transaction too: of type error, with the code. It takes its zxid, is logged and
// applied (to no effect), and so keeps its place among the requests of its session.
//
// The order in which a request's faults are looked for can be seen by clients; each op_*.go states it. Source of the
// rules: what Apache ZooKeeper 3.8.0 answers (compared request by request). Where it is known to be wrong this package
// is right: see the comments that name the fault.
//
// A Preparer belongs to one goroutine. It reads no clock and does no I/O.
package prep
