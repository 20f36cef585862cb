// Package proto is the client protocol: the records of requests and replies,
// generated from ../zookeeper.jute, and by hand what the interface language cannot
// say: opcodes, error codes, events, create modes, permissions, the readOnly byte
// of the handshake, and the parts of a multi.
//
// All numbers are ZooKeeper's and travel on the wire: none is ever changed.
package proto
