// Package learner is a follower or an observer of Zab as a state machine: discovery, synchronisation with the leader,
// broadcast. Package zab tells how such a machine is driven; Ready tells what must be durable before what is sent.
//
//	New               the connection to the leader stands: the first Ready has FOLLOWERINFO
//	Step              a packet from the leader
//	Truncated, SnapshotRead   answers to Ready; until then no packet is read from the connection
//	Logged            the log stage has made proposals durable
//	Forward, Sync, Revalidate requests of own clients
//	Tick, Stop        every half tickTime; the connection is gone
//
// # The order of the synchronisation
//
// On NEWLEADER (ZOOKEEPER-3911, 4643, 4646, 4685, 4785): what the leader has committed is in the log and flushed, or the
// snapshot is durable; then currentEpoch is written; then NEWLEADER is acked. Proposals that are not committed by then stay
// in memory, and are logged and acked after UPTODATE.
//
// # Where this is not Apache 3.8.0
//
//   - After TRUNC the log goes on where it was cut, as after DIFF: no snapshot is needed.
//   - Proposals with a hole before them end the connection (as in 3.9.4). What was there before is passed over.
//   - NEWLEADER and LEADERINFO must name the same epoch.
//   - What 3.8.0 exits for (a COMMIT out of order, a TRUNC that fails) ends the role, not the process.
package learner
