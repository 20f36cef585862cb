package watch

import "slices"

// watch2Paths is the rule of the other actor: watcher -> paths. A path stands there as the table's entry for it: comparing
// is quick, and one copy of the path serves all who watch it.
type watch2Paths struct {
	paths map[Watcher]*pathSet
}

func newWatch2Paths() *watch2Paths { return &watch2Paths{paths: make(map[Watcher]*pathSet)} }

// add puts in a path that the watcher did not watch.
func (p *watch2Paths) add(who Watcher, w *watchers) {
	s := p.paths[who]
	if s == nil {
		s = &pathSet{}
		p.paths[who] = s
	}
	s.add(w)
}

// remove takes out a path that the watcher watched.
func (p *watch2Paths) remove(who Watcher, w *watchers) {
	s := p.paths[who]
	if s.remove(w); s.len() == 0 {
		delete(p.paths, who)
	}
}

// take takes out all paths of the watcher; nil if it has none.
func (p *watch2Paths) take(who Watcher) *pathSet {
	s := p.paths[who]
	delete(p.paths, who)
	return s
}

// manyPaths is from how many paths of one watcher on they are kept in a map: most watchers have one, and a map for it takes
// ten times the memory of a list.
const manyPaths = 16

// pathSet are the paths of one watcher.
type pathSet struct {
	few  []*watchers
	many map[*watchers]struct{}
}

func (s *pathSet) len() int { return len(s.few) + len(s.many) }

// add puts in a path that is not there.
func (s *pathSet) add(w *watchers) {
	if s.many == nil && len(s.few) < manyPaths {
		s.few = append(s.few, w)
		return
	}
	if s.many == nil {
		s.many = make(map[*watchers]struct{}, 2*manyPaths)
		for _, w := range s.few {
			s.many[w] = struct{}{}
		}
		s.few = nil
	}
	s.many[w] = struct{}{}
}

func (s *pathSet) remove(w *watchers) {
	if s.many != nil {
		delete(s.many, w)
		return
	}
	if i := slices.Index(s.few, w); i >= 0 {
		last := len(s.few) - 1
		s.few[i], s.few[last] = s.few[last], nil
		s.few = s.few[:last]
	}
}

func (s *pathSet) each(f func(*watchers)) {
	for _, w := range s.few {
		f(w)
	}
	for w := range s.many {
		f(w)
	}
}
