// Package quorum makes a server a member of an ensemble: it looks for a leader, leads or follows, and looks again
// when that ends.
//
//	member.go    the actor "quorum": LOOKING -> LEADING | FOLLOWING | OBSERVING -> LOOKING, and what is kept between
//	state.go     that: tree, committed transactions, epochs
//	leader.go    the actor "quorum/leader": drives zab/leader. leader_serve.go: what it does for clients and learners when it
//	             serves; handler.go: one actor for each learner
//	learner.go   the actor "quorum/learner": drives zab/learner, for followers and observers. learner_connect.go: how it
//	             finds the leader; learner_sync.go: what catching up asks of disk and tree; learner_read.go: what it cannot read
//	elect/       the actor "quorum/elect": ballots and timers around the rules of package election
//	link/        connections between leader and learners
//	disk.go      the log on disk, for learners that are far behind
//
// # The way of a write
//
//	client of the leader     conn -> prep -> LEADER -> sync -> LEADER (own ack)
//	                                            `----> learners: sync -> ack -> LEADER
//	                         on a quorum: LEADER -> final, and COMMIT / INFORM to the learners
//	client of a learner      conn -> LEARNER -> REQUEST -> leader: prep ...; COMMIT -> LEARNER -> final -> client
//
// What leader and learner decide is in the state machines of package zab; the actors here carry out what they say, in
// the order in which they say it. They never wait: connections queue, the disk is the sync stage's. Only before a
// server serves (catching up) they write themselves.
//
// Requests of own clients wait in a pipeline.Line: a transaction that comes back is given to the one that asked for it, and
// the reads behind it follow.
package quorum
