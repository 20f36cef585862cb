// Package differential plays the same requests to Apache ZooKeeper 3.8.0 and to Troupe and compares every
// reply field by field, every watch event with its place among the replies, every close, and the trees that
// remain. It has tests only, behind the build tag interop.
//
// What may differ stands in one table, known_test.go, with the reason for each entry. Random sequences come
// from seeds; a failing one is shrunk and printed as a script:
//
//	SEED=42 go test -tags interop -run TestRandomSequences ./interop/differential     one seed
//	SECONDS=600 go test -tags interop -run TestRandomSequences -timeout 20m ...        more of them
package differential
