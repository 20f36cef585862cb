// Package jute is the encoding of everything that ZooKeeper sends and stores.
//
// # Parts
//
//	zookeeper.jute              all records, in the interface language
//	idl, gen, jutec             the compiler from that language to Go
//	data proto quorum           generated: a struct per record
//	persistence txn
//	this package                what generated code stands on
//
// The binary form has two sides: the Append functions add values to a byte slice,
// a Decoder reads them from one. Both work without reflection and, on records
// without surprises, without allocation. The tag-carrying side, OutputArchive and
// InputArchive, is for everything that is not hot: the same records as Binary, CSV
// or XML.
//
// Values: a null ustring is Null, a null buffer or vector is nil (an empty one is
// not), a map is never null.
//
// This package imports the standard library only. It knows no network, no file
// and no limit but the length of the bytes it was given.
package jute

//go:generate go tool jutec -out . -import troupe/jute zookeeper.jute
