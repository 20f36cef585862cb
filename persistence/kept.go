package persistence

import (
	"bytes"
	"slices"

	"troupe/zab"
)

// keptTail gathers the last entries of a log that is replayed, for the memory of committed transactions.
type keptTail struct {
	limit   int
	after   int64 // the transaction before the first entry
	entries []Entry
}

func newTail(limit int, after int64) *keptTail { return &keptTail{limit: limit, after: after} }

// add takes the entry that was applied. What is no successor begins a new list, with the zxid before it as what came before: what was there
// was a hole already when the log was written.
func (k *keptTail) add(e Entry) {
	switch last := k.last(); {
	case k.limit <= 0 || zab.Counter(e.Zxid) == 0: // a standalone server's counter has run over: such a zxid follows on nothing
		k.after, k.entries = e.Zxid, nil
		return
	case !zab.Follows(last, e.Zxid):
		k.after, k.entries = e.Zxid-1, nil
	}
	if len(k.entries) >= 2*k.limit { // dropped in runs, so that adding costs no copy each time
		k.trim()
	}
	k.entries = append(k.entries, e)
}

func (k *keptTail) last() int64 {
	if n := len(k.entries); n > 0 {
		return k.entries[n-1].Zxid
	}
	return k.after
}

func (k *keptTail) trim() {
	if n := len(k.entries) - k.limit; n > 0 {
		k.after = k.entries[n-1].Zxid
		k.entries = slices.Delete(k.entries, 0, n)
	}
}

// take gives what was kept. The bytes are copied, since those that were read hold on to all that was read with them.
func (k *keptTail) take() ([]Entry, int64) {
	if k.trim(); k.limit <= 0 {
		return nil, k.after
	}
	for i := range k.entries {
		k.entries[i].Bytes = bytes.Clone(k.entries[i].Bytes)
	}
	return slices.Clip(k.entries), k.after
}
