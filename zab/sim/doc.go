// Package sim has no code but tests: whole ensembles of leader.Leader and learner.Learner, on disks that forget what was
// not fsynced and a network that delays and cuts, driven from a seed. Election is replaced by an oracle that takes the best
// member of a quorum. A test shows that deliberate mistakes are found.
package sim
