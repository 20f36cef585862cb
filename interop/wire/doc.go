// Package wire is a test client of the ZooKeeper protocol that keeps nothing from its user: it sends any
// bytes, records every reply, event and close in the order in which they came, and takes replies apart into
// named fields that tests compare. Its codec is its own, so that it can contradict the project's.
//
// The layout of all records is in the public protocol (client-protocol.md §2 to §7 of the references).
package wire
