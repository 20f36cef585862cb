// Package sim runs whole ensembles in one process and on one goroutine: servers as they are in production (actors/server,
// with their trees, sessions, connections and files on vfs.Mem) and clients that speak their protocol. Time, disks, network,
// elections' messages, clients' connections and the running of actors are simulated, and everything that could come out in
// more than one way is drawn from a seed: a seed is a run, byte for byte.
//
//	plan.go       what happens to an ensemble: clients' operations and faults, drawn from a seed, to be thinned out by shrink.go
//	sched.go      virtual time; what runs next
//	process.go    a server's life, and its actors' mailboxes: one message at a time, each after a delay of its own
//	machine.go    what outlives it: disk, address; crashes, restarts, empty disks
//	netw.go       the network between servers, and a list of all that leaders proposed
//	ballots.go    messages of elections
//	socket.go     connections of clients
//	client.go     clients: sessions, operations, watches; they note all that they see
//	run.go        one run: faults, then calm, then checks
//	decided.go    what was decided, in which order: taken from leaders and what they proposed
//	check*.go     what must hold
//	shrink.go     a failing run made short
//
// It may import anything of this module.
package sim
