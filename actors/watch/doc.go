// Package watch keeps who watches which path, and finds whom an event concerns.
//
// As in ZooKeeper's WatchManager there are two tables: WatchTable (path -> watchers), which events
// look into, and watch2Paths (watcher -> paths), which cleans up after a closed connection. Each is an
// actor; a pair of them is a shard, chosen by path.
//
// The actors run on their senders' stacks, and every sender holds the gate: connections shared, with
// the read that a registration belongs to; the final stage exclusively, with the transaction whose
// events it fires. So when the final stage fires, both mailboxes are empty, and the answer is there when
// Send returns. All messages enter at the WatchTable, which alone tells watch2Paths: a second way in
// could overtake the first.
//
// Modes coexist on one path, as from ZooKeeper 3.9 on (in 3.8 a new watch replaced the mode of the old
// one and events were lost: ZOOKEEPER-4466).
package watch
