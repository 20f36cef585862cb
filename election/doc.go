// Package election decides which server of an ensemble leads, by ZooKeeper's fast leader election (class
// FastLeaderElection; election.md sections 2 to 5), so that Troupe and Apache servers elect together.
//
// Every voter proposes the best server that it has heard of, best meaning: highest current epoch, then highest zxid
// in its log, then highest id. A server that hears of a better one changes its proposal and tells everybody. When a
// quorum proposes the same in the same round, and nothing better arrives for 200 ms, the election is over. Who comes
// late learns the leader from the answers of those who know.
//
//	           Start                       Ready.Send --> peers
//	             |                         Ready.Timer --> clock
//	             v         a quorum agrees           200 ms of silence
//	idle ---> looking -------------------> finalizing -----------------> Ready.Decided
//	             ^  <-------------------------'                              |
//	             |          a better vote                                    v
//	             '---------------- Start ------------------- leading, following, observing
//
// An [Elector] is this rule as a state machine: one caller feeds inputs to [Elector.Step] and carries out what is
// returned. It has no clock, does no I/O and leaves nothing to chance: equal inputs give equal outputs.
//
// It does not: hold connections (package election/peers), synchronize logs or begin epochs (Zab: being elected is
// not yet being established), or make two leaders impossible: a network that delays votes by more than the
// finalizing wait may let two servers believe that they were elected, and the quorum that Zab asks for keeps all but
// one of them from doing anything.
//
// It imports the encoding (jute) and election/quorum.
package election
