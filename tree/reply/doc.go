// Package reply makes the bodies of replies: what stands behind the ReplyHeader.
//
//	write.go       of a write, from the transaction's result
//	read.go        of a read, from the tree and the rules of access
//	multiread.go   of a multiRead
//	setwatches.go  what a client's watches are worth when it comes back
//
// All are functions of the tree as it is; the caller holds the gate shared. They append to a buffer of the caller and,
// for the reads that matter, allocate nothing. Registering a watch is the caller's: it is told which one, and must do it
// under the same gate, so that no change falls between.
//
// Source of the rules: what Apache ZooKeeper 3.8.0 answers; testdata/exchanges.json holds exchanges with it.
package reply
