package prep

import "hash/maphash"

// newest finds the newest change of a path. It is a hash table of chains through the changes themselves, and a change keeps its
// hash: so a path is hashed once where a map needed it five times, between being looked up and being forgotten.
type newest struct {
	seed  maphash.Seed
	slots []*change // a power of two
	count int
}

// minSlots is for what is under way on a server with little to do.
const minSlots = 256

func newNewest() newest {
	return newest{seed: maphash.MakeSeed(), slots: make([]*change, minSlots)}
}

func (t *newest) hash(path string) uint64 { return maphash.String(t.seed, path) }

// at is the place of the link to the change of a path, which is nil if there is none.
func (t *newest) at(hash uint64, path string) **change {
	link := &t.slots[hash&uint64(len(t.slots)-1)]
	for *link != nil && ((*link).hash != hash || (*link).path != path) {
		link = &(*link).next
	}
	return link
}

// put enters c in place of an older change of its path, which it remembers.
func (t *newest) put(c *change) {
	link := t.at(c.hash, c.path)
	if old := *link; old != nil {
		c.before, c.next = old, old.next
		old.next = nil
		*link = c
		return
	}
	c.before, c.next = nil, nil
	*link = c
	if t.count++; t.count > len(t.slots) {
		t.grow()
	}
}

// remove takes out c if it is the newest of its path, and puts instead, which may be nil, there.
func (t *newest) remove(c, instead *change) {
	link := &t.slots[c.hash&uint64(len(t.slots)-1)]
	for *link != c {
		if *link == nil {
			return
		}
		link = &(*link).next
	}
	if instead == nil {
		*link = c.next
		t.count--
	} else {
		instead.next = c.next
		*link = instead
	}
	c.next = nil
}

func (t *newest) grow() {
	old := t.slots
	t.slots = make([]*change, 2*len(old))
	for _, c := range old {
		for c != nil {
			next := c.next
			link := &t.slots[c.hash&uint64(len(t.slots)-1)]
			c.next, *link = *link, c
			c = next
		}
	}
}
