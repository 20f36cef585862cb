package sim

import (
	"fmt"
	"time"
)

// Rule is what must hold, in words.
type Rule string

// The rules.
const (
	Linear    Rule = "writes, and reads behind a sync, are linearizable"
	InOrder   Rule = "a session is answered in order, and never goes back in time"
	Kept      Rule = "what was acknowledged is not lost"
	Decided   Rule = "nobody is shown what is not decided"
	TrueReads Rule = "what is read is what was there at the zxid that is told"
	Watches   Rule = "a watch misses nothing"
	Sessions  Rule = "sessions and their ephemerals end exactly when they should"
	OneOwner  Rule = "a session that has moved is not served where it was"
	Alone     Rule = "a server without a quorum changes nothing"
	OneLeader Rule = "an epoch has one leader, and a zxid one transaction"
	Alike     Rule = "all members have the same"
	OnDisk    Rule = "what is on disk is what was decided"
	Recovers  Rule = "all is well again when the faults have ended"
	Sound     Rule = "no server fails by itself"
)

// Violation is a rule that did not hold.
type Violation struct {
	Rule  Rule
	At    time.Duration // virtual
	Words string        // what was seen
	Stack string        // of a panic
}

// Error implements error.
func (v *Violation) Error() string { return fmt.Sprintf("%s: %s", v.Rule, v.Words) }

// fail ends the run. What is found first is told.
func (w *world) fail(r Rule, format string, args ...any) {
	if w.violation == nil {
		w.violation = &Violation{Rule: r, At: w.now, Words: fmt.Sprintf(format, args...)}
		w.note("BROKEN", "%v", w.violation)
	}
}
