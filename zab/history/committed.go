package history

import (
	"errors"
	"fmt"
	"sort"

	"troupe/zab"
)

// MinLimit is the least that a Committed holds, as in Apache ([commitLogCount] may only be larger).
const MinLimit = 500

// ErrGap is wrapped by every *GapError.
var ErrGap = errors.New("hole in the history")

// GapError says that a transaction does not come right after the one before it.
type GapError struct{ Last, Next int64 }

// Error says between which zxids something is missing.
func (e *GapError) Error() string {
	return fmt.Sprintf("%s after %s: %v (ZOOKEEPER-4925)", zab.Hex(e.Next), zab.Hex(e.Last), ErrGap)
}

// Unwrap gives ErrGap.
func (e *GapError) Unwrap() error { return ErrGap }

// Committed is the last decided transactions, oldest first: Apache's committedLog. Within an epoch it has no hole, and
// what would make one is refused: a hole would be handed on to learners later, when this server leads
// (ZOOKEEPER-4925). Error transactions and those of sessions are in it too. Fill it from the log at start, and with
// everything applied from then on, in every role. Not safe for concurrent use.
type Committed struct {
	limit   int
	base    int64 // what was applied before the first entry
	entries zab.Queue[zab.Entry]
}

// NewCommitted holds the last limit transactions, MinLimit at least; base is the last transaction applied so far.
func NewCommitted(limit int, base int64) *Committed {
	return &Committed{limit: max(limit, MinLimit), base: base}
}

// Reset forgets all: after a snapshot was taken over from a leader, or the log was cut, base is the last transaction.
func (c *Committed) Reset(base int64) { c.base, c.entries = base, zab.Queue[zab.Entry]{} }

// Add appends the transaction that was applied. A *GapError changes nothing; who has a reason to accept the hole (an
// Apache 3.8.0 left it in the log that is being loaded) calls Reset(the zxid before e) and adds again.
func (c *Committed) Add(e zab.Entry) error {
	if last := c.Last(); !zab.Follows(last, e.Zxid) {
		return &GapError{Last: last, Next: e.Zxid}
	}
	if c.entries.Len() == c.limit {
		c.base = c.entries.Pop().Zxid
	}
	c.entries.Push(e)
	return nil
}

// Last is the zxid of the newest transaction, the base if there is none.
func (c *Committed) Last() int64 {
	if n := c.entries.Len(); n > 0 {
		return c.entries.At(n - 1).Zxid
	}
	return c.base
}

// Entries are the transactions held, oldest first. The slice is good until the next Add.
func (c *Committed) Entries() []zab.Entry { return c.entries.All() }

// Tail is what comes after the zxid.
func Tail(entries []zab.Entry, zxid int64) []zab.Entry {
	return entries[sort.Search(len(entries), func(i int) bool { return entries[i].Zxid > zxid }):]
}
