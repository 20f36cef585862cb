package watch

import "slices"

// watch2Paths is the rule of the other actor: watcher -> paths.
type watch2Paths struct {
	paths map[Watcher]pathSet
}

func newWatch2Paths() *watch2Paths { return &watch2Paths{paths: make(map[Watcher]pathSet)} }

// add puts in a path that the watcher did not watch.
func (p *watch2Paths) add(who Watcher, path string) {
	s := p.paths[who]
	s.add(path)
	p.paths[who] = s
}

func (p *watch2Paths) remove(who Watcher, path string) {
	s := p.paths[who]
	if s.remove(path); s.len() == 0 {
		delete(p.paths, who)
	} else {
		p.paths[who] = s
	}
}

func (p *watch2Paths) take(who Watcher) pathSet {
	s := p.paths[who]
	delete(p.paths, who)
	return s
}

// manyPaths is from how many paths of one watcher on they are kept in a map: most watchers have one, and a map for it takes
// ten times the memory of a list.
const manyPaths = 16

// pathSet are the paths of one watcher.
type pathSet struct {
	few  []string
	many map[string]struct{}
}

func (s *pathSet) len() int { return len(s.few) + len(s.many) }

// add puts in a path that is not there.
func (s *pathSet) add(path string) {
	if s.many == nil && len(s.few) < manyPaths {
		s.few = append(s.few, path)
		return
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 2*manyPaths)
		for _, p := range s.few {
			s.many[p] = struct{}{}
		}
		s.few = nil
	}
	s.many[path] = struct{}{}
}

func (s *pathSet) remove(path string) {
	delete(s.many, path)
	if i := slices.Index(s.few, path); i >= 0 {
		last := len(s.few) - 1
		s.few[i] = s.few[last]
		s.few[last] = ""
		s.few = s.few[:last]
	}
}

func (s *pathSet) each(f func(path string)) {
	for _, path := range s.few {
		f(path)
	}
	for path := range s.many {
		f(path)
	}
}
