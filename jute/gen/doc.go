// Package gen writes Go for the records of a resolved jute file.
//
// Every module becomes a package, named like the last part of the module's name,
// of up to three files:
//
//	records.gen.go   a struct per class, with the comments of the IDL
//	binary.gen.go    Append and Decode: the binary form, without reflection
//	archive.gen.go   Serialize and Deserialize: any archive, field by field
//
// Types: byte int8, boolean bool, int int32, long int64, float float32, double
// float64, ustring string (jute.Null for null), buffer []byte, vector<T> []T,
// map<K,V> map[K]V, a record the struct itself. A nil buffer or slice is null; a
// nil map is an empty map. The keys of a map are of types that Go can compare, and
// what Go holds equal, 0.0 and -0.0, is one key.
//
// Names begin in upper case, and the words Id, Acl and Ttl are written ID, ACL
// and TTL. A name that Go could not hold beside the methods gets an underscore at
// its end.
//
// The output depends on nothing but the input: generating again gives the same
// bytes.
package gen
