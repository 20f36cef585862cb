// Package sim runs whole ensembles in one process and on one goroutine: servers as they are in production (actors/server,
// with their trees, sessions, connections and files on vfs.Mem) and clients that speak their protocol. Time, disks, network,
// elections' messages, clients' connections and the running of actors are simulated, and everything that could come out in
// more than one way is drawn from a seed: a seed is a run, byte for byte.
//
//	plan.go       what happens to an ensemble: clients' operations and faults, each of which can be left out
//	draw.go       plans drawn from a seed
//	profiles.go   by scenarios: anything, or what leads to where mistakes have been made
//	dice.go       what a plan leaves open, delays above all: nothing depends on what others do
//	sched.go      virtual time; what runs next
//	process.go    a server's life
//	mailbox.go    its actors: one message at a time, each after a delay of its own
//	machine.go    what outlives it: disk, address; crashes, restarts
//	disk.go       its files; mistakes of a disk, backups
//	netw.go       the network between servers, and a list of all that leaders proposed
//	ballots.go    messages of elections
//	socket.go     connections of clients
//	client.go     clients: connections and what comes over them
//	call.go       their operations, of which all is noted
//	story.go      a run as a person reads it
//	ghost.go      clients that use a connection that their session has left
//	faults.go     faults
//	run.go        one run: faults, then calm, then checks
//	decided.go    what was decided, in which order: taken from leaders and what they proposed
//	violation.go  the rules
//	check.go      whether they hold on the servers
//	seen.go       and in what clients saw: order, writes, reads, watches, expiries
//	linear.go     linearizability
//	shrink.go     a failing run made short
//
// It may import anything of this module.
package sim
