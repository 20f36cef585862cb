// Package ensemble runs whole ensembles of real processes on loopback, Troupe and Apache ZooKeeper mixed, and
// checks what clients see of them: in quiet, while members join with DIFF, TRUNC and SNAP, under faults of
// processes, of the network and of the disk, and while the members of one kind are replaced by those of the other.
// It has tests only, behind the build tag interop.
//
// A mix names the members in the order of their ids: a and t are voters, A and T observers, of Apache and of Troupe.
// A fresh ensemble is started so that its highest voter leads.
//
//	go test -tags interop ./interop/ensemble
//	MIXES=aat,tat go test -tags interop -run TestFaults ./interop/ensemble       these mixes only
//	INTEROP_TARGET=apache go test -tags interop ./interop/ensemble               only Apache: checks the scenes themselves
//	KEEP=/tmp/kept go test -tags interop ./interop/ensemble                      what a failed test leaves is kept there
//	SOAK=10m go test -tags interop -timeout 1h -run 'TestFaults|TestStorm' ./interop/ensemble    for so long in each mix
package ensemble
