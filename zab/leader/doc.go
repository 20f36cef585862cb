// Package leader is the leader of Zab as a state machine: discovery of the epoch, synchronisation of learners, broadcast.
// Package zab tells how such a machine is driven; Ready tells what must be durable before what is sent.
//
//	Connect, Step, Disconnected   a learner's connection; every packet from it
//	Synchronise                   answer to Ready.Synchronise, with the disk log at hand
//	Propose, Logged, Applied      a transaction from Prep; durable here; applied here
//	Sync                          a sync request, of a learner or of an own client
//	Serving                       answer to Ready.Activate
//	Tick                          every half tickTime
//
// # Where this is not Apache 3.8.0
//
//   - Proposals that are outstanding when a learner is synchronised follow NEWLEADER, not precede it. So no COMMIT can come
//     between NEWLEADER and UPTODATE for a proposal from before NEWLEADER, which breaks 3.8.0 followers (ZOOKEEPER-4394).
//   - TRUNC never cuts off what is decided, also where it is not applied here yet.
//   - When a learner is synchronised its acks of outstanding proposals are withdrawn: it may be told to cut them off its log.
//   - Acks of proposals before the ack of NEWLEADER neither count at once nor fail the learner (ZOOKEEPER-4685): they count
//     when NEWLEADER is acked, since before that the learner may not be in this epoch on disk.
//   - A sync completes only after a quorum was heard since it came, so that a deposed leader never answers one.
//   - At the end of the zxids of an epoch what is under way is finished before the leader steps down.
//   - A voter that has accepted a later epoch (of a leader that failed before a quorum followed) could never join. The leader
//     finishes what is under way and steps down, so that the next epoch is later still.
//   - Learners of the protocol before 3.4, which accept no epoch, are refused.
package leader
