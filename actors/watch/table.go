package watch

import "troupe/jute/proto"

// Watcher is a connection, as the tables see it. It is compared by identity.
type Watcher interface {
	// Notify hands over an event; it is called under the exclusive gate.
	Notify(e *Event)
	// Session is whom the watcher watches for, for the admin commands.
	Session() int64
}

// entry is one watcher of one path.
type entry struct {
	watcher Watcher
	kinds   Kind
}

// manyWatchers is from how many watchers of one path on they are kept in a map: a list is smaller and,
// up to some size, quicker.
const manyWatchers = 16

// watchers are those of one path.
type watchers struct {
	path string
	few  []entry
	many map[Watcher]Kind
}

func (w *watchers) len() int { return len(w.few) + len(w.many) }

func (w *watchers) kinds(who Watcher) Kind {
	if w.many != nil {
		return w.many[who]
	}
	for i := range w.few {
		if w.few[i].watcher == who {
			return w.few[i].kinds
		}
	}
	return 0
}

// set gives the watcher these kinds; none removes it.
func (w *watchers) set(who Watcher, k Kind) {
	if w.many != nil {
		if k == 0 {
			delete(w.many, who)
		} else {
			w.many[who] = k
		}
		return
	}
	for i := range w.few {
		if w.few[i].watcher != who {
			continue
		}
		if k != 0 {
			w.few[i].kinds = k
			return
		}
		last := len(w.few) - 1
		w.few[i] = w.few[last]
		w.few[last] = entry{}
		w.few = w.few[:last]
		return
	}
	if k == 0 {
		return
	}
	w.few = append(w.few, entry{who, k})
	if len(w.few) > manyWatchers {
		w.many = make(map[Watcher]Kind, 2*len(w.few))
		for _, e := range w.few {
			w.many[e.watcher] = e.kinds
		}
		w.few = nil
	}
}

func (w *watchers) each(f func(Watcher, Kind)) {
	for _, e := range w.few {
		f(e.watcher, e.kinds)
	}
	for who, k := range w.many {
		f(who, k)
	}
}

// Table is the rule of the WatchTable actor: path -> watchers.
type Table struct {
	paths     map[string]*watchers
	recursive int // how many recursive watches there are: without any, nobody climbs
	data      int // watches that hear of data, which is what wchs counts
	child     int // watches that hear of children; a persistent one counts as both, as with Apache
}

func newTable() *Table { return &Table{paths: make(map[string]*watchers)} }

// add lets the watcher watch the path in one more way and tells whether the path is new to it. w are all that watch it.
func (t *Table) add(path string, who Watcher, k Kind) (w *watchers, fresh bool) {
	w = t.paths[path]
	if w == nil {
		w = &watchers{path: path}
		t.paths[path] = w
	}
	had := w.kinds(who)
	t.change(w, who, had, had|k)
	return w, had == 0
}

// remove takes kinds away from a watcher of w and tells which it had of them, and whether any are left.
func (t *Table) remove(w *watchers, who Watcher, k Kind) (removed, left Kind) {
	had := w.kinds(who)
	t.change(w, who, had, had&^k)
	if w.len() == 0 {
		delete(t.paths, w.path)
	}
	return had & k, had &^ k
}

func (t *Table) change(w *watchers, who Watcher, from, to Kind) {
	if from == to {
		return
	}
	w.set(who, to)
	t.recursive += count(to&Recursive) - count(from&Recursive)
	t.data += count(to&^Child) - count(from&^Child)
	t.child += count(to&^Data) - count(from&^Data)
}

func count(k Kind) int {
	if k != 0 {
		return 1
	}
	return 0
}

// fire collects whom an event concerns of those who watch exactly its path, and uses up their one-shot watches. gone are
// those that have no watch left on the path.
func (t *Table) fire(w *watchers, typ proto.EventType, hit, gone []Watcher) (_, _ []Watcher) {
	mask := concerned(typ)
	from, stays := len(hit), false
	data, child := 0, 0
	w.each(func(who Watcher, k Kind) {
		data, child = data+count(k&^Child), child+count(k&^Data)
		if k&mask != 0 {
			hit = append(hit, who)
			k &^= mask & standard
		}
		stays = stays || k != 0
	})
	if !stays { // the usual case: thousands of watchers need not be taken out one by one
		t.data, t.child = t.data-data, t.child-child
		delete(t.paths, w.path)
		return hit, append(gone, hit[from:]...)
	}
	for _, who := range hit[from:] {
		had := w.kinds(who)
		to := had &^ (mask & standard)
		t.change(w, who, had, to)
		if to == 0 {
			gone = append(gone, who)
		}
	}
	return hit, gone
}

// above collects the recursive watchers of one ancestor.
func (t *Table) above(ancestor string, hit []Watcher) []Watcher {
	if t.recursive == 0 {
		return hit
	}
	if w := t.paths[ancestor]; w != nil {
		w.each(func(who Watcher, k Kind) {
			if k&Recursive != 0 {
				hit = append(hit, who)
			}
		})
	}
	return hit
}
