// Package actors is the server's moving parts: a tree of supervised actors over the rules of the
// packages below it.
//
//	server                     config, data directory, role
//	|-- storage                snapshotter, purger
//	|-- sessions               expiry buckets; parent of one tracker per session that a client here spoke for
//	|   `-- session/ID
//	|-- watches                shards of WatchTable (path -> watchers) with watch2Paths (watcher -> paths)
//	|-- pipeline               prep -> sync -> final, and the cleaner of containers and TTL znodes
//	|-- clients                admission; parent of one child per client connection
//	|   `-- connection/N
//	`-- operator               four-letter words
//
// A member of an ensemble has a second tree, which outlives roles: actors/quorum. It decides which role the first one
// is built for, and stands between its stages (see that package for the ways of a write).
//
// # The way of a read
//
//  1. netio: the event loop reads a burst of bytes and calls the connection's owner (conn.Handler.Readable)
//  2. actors/conn/turn.go: the handler takes the gate shared, drains its mailbox and outbox, then serves
//  3. actors/conn/serve.go: cuts frames, decodes headers, hands reads to tree/reply
//  4. tree/reply: answers from the tree; a watch that was asked for is told to its watch shard
//  5. actors/conn/turn.go: the gate is given back; all answers of the burst leave in one write
//
// # The way of a write
//
//  1. as a read up to serve.go, which hands writes to gather.go: one batch for the loop's round
//  2. actors/pipeline/prep.go: each request becomes a transaction with a zxid (tree/prep), under the shared gate
//  3. actors/pipeline/sync.go: the batch is appended to the log; one fsync serves all that arrived meanwhile
//  4. actors/pipeline/final.go: under the exclusive gate the transactions are applied (tree), watches
//     fire (actors/watch), and events and answers go into the connections' outboxes
//  5. actors/conn/turn.go: each connection concerned takes a turn on its loop and writes what is in its outbox
//
// # The gate
//
// Applying commits and serving reads exclude each other, by batch (actors/gate). An outbox is written
// under the exclusive gate and emptied under the shared one, before anything is served: so a client
// never sees data before the event about it. The watch actors run on their senders' stacks
// (protoactor's synchronized dispatcher), and all their senders hold the gate: whoever holds it
// exclusively finds their mailboxes empty, and telling them is as good as a call.
package actors
