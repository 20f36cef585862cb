// Package jute is the encoding of everything that ZooKeeper sends and stores.
//
// # Parts
//
//	zookeeper.jute              all records, in the interface language
//	idl, gen, jutec             the compiler from that language to Go
//	data proto quorum           generated: a struct per record; proto also has by
//	persistence txn             hand opcodes, error codes, multi, the handshake
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
// and no limit but the length of the bytes it was given: jute.maxbuffer is the
// business of those who read frames.
//
// # Where this is not Apache's code
//
// The bytes are Apache's, but for these choices, made where Apache's own writer and
// reader do not understand each other:
//
//   - A character above U+FFFF is written as Java writes it, as two surrogates of
//     three bytes each. Java's reader makes two U+FFFD of that. This one reads the
//     character, and UTF-8's four bytes too, so that no text is lost between writing
//     and reading. Any other malformed UTF-8 becomes U+FFFD where Java puts them.
//   - Buffers in CSV and XML are two hex digits a byte. Java prints each byte as a
//     signed number without leading zeros, which nobody can read back, itself
//     included. The Dialect Java writes that form, byte for byte; the readers take it
//     where it can mean one thing only.
//   - XML: ]]> in a text is written ]]&gt;, since plain it makes the document
//     malformed (Dialect Java does not). %XX is read as the character of that number;
//     Java's reader takes the digits A to F for 0 to 5.
//   - CSV: an empty field is read as a null ustring or buffer, where Java's reader
//     fails on what Java's writer made of a null. The end of the input ends a field,
//     where Java's reader waits for ever.
//   - Counts of vectors and maps that cannot fit into what remains are refused
//     before anything is allocated; Java tries.
//
// What the text formats cannot tell apart stays so: in both, a null vector is read
// as an empty one and an empty buffer as null; in XML a null ustring as an empty
// one; in CSV, nulls at the end of a vector are lost.
package jute

//go:generate go tool jutec -out . -import troupe/jute zookeeper.jute
