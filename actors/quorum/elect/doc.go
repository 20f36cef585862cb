// Package elect runs the election of a leader: an actor around the pure rule (package election) that carries ballots
// in and out, waits, and tells who was elected.
//
//	connections --> inbox --> elect --> Ballots --> connections
//	                            |
//	                            `--> Decided, Deserted, Reconfigured, Failed --> the member
//
// It answers peers that look for a leader as long as it runs, whatever this server does meanwhile. What it tells is
// told on its own goroutine and must not wait. Clock and connections are handed in: a simulation can run it.
package elect
