// Package crash kills a server with SIGKILL at random moments while clients write, starts it again on the
// same directory, and checks that every acknowledged write is there and every other one is there whole or
// not at all. It has tests only, behind the build tag interop.
//
//	ROUNDS=1000 go test -tags interop -timeout 30m ./interop/crash
//	SEED=7 ROUNDS=50 go test -tags interop ./interop/crash           the same draws again
package crash
