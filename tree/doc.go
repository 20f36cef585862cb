// Package tree is the replicated state machine: znodes with their stats and ACLs, the session
// table, quotas and the tree digest, changed by applying transactions one after the other. Equal
// transactions in equal order give equal trees on every server.
//
// It is not: a checker of requests (package tree/prep turns requests into transactions), a judge of
// permissions (tree/acl), a store (package persistence reads and writes logs and snapshots through
// DecodeTxn, Builder and Cursor). It does no I/O, reads no clock, starts no goroutine, and imports
// jute/* only.
//
// # Who may call what
//
// Mutators (Apply, SetConfig, DropOrphans) exclude everything else. Readers (Lookup, the methods of
// Node, counters, NewCursor, Cursor.Append) may run beside each other. The caller keeps the two
// apart by its gate: there is no lock in here but the one around the list of open cursors. A slice
// returned by Tree.ACL is never written again, and so may be used after the gate is released; one
// of Node.Data may not.
//
// # Where things are
//
//	txn.go       a transaction, its decoding (log entries, proposals) and encoding
//	apply*.go    what each transaction does; the same code serves live transactions and replay over a fuzzy snapshot
//	node.go      a znode in 96 bytes; room.go its path and data; list.go its children; owner.go the meaning of ephemeralOwner
//	listing.go   the encoded names of the children of large nodes, kept while they do not change
//	index.go     path -> node, a hash table that grows in small steps; nodes.go number -> node
//	guess.go     the same for a burst of paths at once
//	acl_table.go equal ACLs are kept once
//	quota.go     /zookeeper/quota; sessions.go the session table, ephemerals, container and TTL nodes
//	digest.go    the digest (version 2) by which servers compare their trees
//	cursor.go    walks the tree for a snapshot while it changes; builder.go makes a tree of a snapshot
//
// Why it is laid out as it is (memory of a million znodes, speed of a lookup) is told at Node and
// at index.
package tree
