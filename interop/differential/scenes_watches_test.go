//go:build interop

package differential

import (
	"fmt"

	"troupe/interop/wire"
)

func watchScenes() []scene {
	return []scene{
		{"each watch and each change", []string{"/watch"}, watchMatrix},
		{"events stand before replies", []string{"/before"}, eventPosition},
		{"checking and removing watches", []string{"/remove"}, removeWatches},
		{"setting watches again", []string{"/again"}, setWatchesAgain},
		{"recursive watches", []string{"/recursive"}, recursiveWatches},
		{"watches of a closed connection", []string{"/gone"}, goneWatches},
	}
}

// watchMatrix lets a session watch in one way and another one change; then both are the same session.
func watchMatrix(s *script) {
	r := "/watch"
	s.open(0).send(0, mk(r, 0))
	ways := []func(string) []wire.Request{
		func(p string) []wire.Request { return []wire.Request{stat(p, true)} },
		func(p string) []wire.Request { return []wire.Request{get(p, true)} },
		func(p string) []wire.Request { return []wire.Request{ls(p, true)} },
		func(p string) []wire.Request { return []wire.Request{ls2(p, true)} },
		func(p string) []wire.Request { return []wire.Request{get(p, true), ls(p, true), stat(p, true)} },
		func(p string) []wire.Request {
			return []wire.Request{wire.MultiReq(wire.OpMultiRead, get(p, true), ls(p, true))}
		},
		func(p string) []wire.Request { return []wire.Request{addWatch(p, 0)} },
		func(p string) []wire.Request { return []wire.Request{addWatch(p, 1)} },
	}
	for w, way := range ways {
		for _, watcher := range []int{1, 0} {
			p := fmt.Sprintf("%s/n%d-%d", r, w, watcher)
			if watcher == 1 {
				s.open(1) // a fresh connection has no watches
			}
			for _, change := range []wire.Request{
				mk(p, 0), set(p, "1"), mk(p+"/c", 0), set(p+"/c", "x"), wire.SetACLReq(p, wire.OpenACL(), -1), rm(p + "/c"),
				mk(p+"/e", wire.Ephemeral),
				multi(set(p, "2"), mk(p+"/m", 0), set(p+"/m", "3"), rm(p+"/m"), rm(p+"/e")), multi(set(p, "no"),
					rm(p+"/none")), set(p+"/none", "x"), rm(p),
				multi(mk(p, 0), set(p, "4"), rm(p)), container(p), rm(p),
			} {
				s.send(watcher, way(p)...).send(0, change)
			}
		}
	}
}

func eventPosition(s *script) {
	r := "/before"
	s.open(0, 1).send(0, mk(r, 0))
	for range 5 {
		s.pipeline(0, get(r, true), ls(r, true), set(r, "a"), get(r, true), mk(r+"/c", 0), ls(r, true), set(r, "b"), get(r,
			false), rm(r+"/c"),
			stat(r+"/later", true), mk(r+"/later", 0), get(r+"/later", true), ls(r+"/later", true), rm(r+"/later"),
			stat(r+"/later", true))
		s.send(1, mk(r+"/later", 0), rm(r+"/later"))
	}
	s.pipeline(0, addWatch(r, 0), set(r, "c"), mk(r+"/c", 0), addWatch(r, 0), set(r, "d"), rm(r+"/c"),
		wire.PathModeReq(wire.OpRemoveWatches, r, 3), set(r, "e"))
}

func removeWatches(s *script) {
	r := "/remove"
	s.open(0, 1).send(0, mk(r, 0)).send(1, stat(r+"/other", true))
	one := []int32{-1, 0, 1, 2, 3, 6, 7}
	// For lasting watches only "any" is the same in 3.8 and 3.9: see TestRemovalByType.
	lasting := []int32{-1, 0, 3, 6, 7}
	for _, c := range []struct {
		arm   []wire.Request
		types []int32
	}{
		{nil, one}, {[]wire.Request{get(r, true)}, one}, {[]wire.Request{ls(r, true)}, one}, {[]wire.Request{get(r, true),
			ls(r, true)}, one},
		{[]wire.Request{addWatch(r, 0)}, lasting}, {[]wire.Request{addWatch(r, 1)}, lasting},
	} {
		for _, typ := range c.types {
			s.send(0, c.arm...)
			s.send(0, wire.PathModeReq(wire.OpCheckWatches, r, typ), wire.PathModeReq(wire.OpRemoveWatches, r, typ),
				wire.PathModeReq(wire.OpCheckWatches, r, 3))
			s.send(1, set(r, "x"), mk(r+"/c", 0), rm(r+"/c"))
			s.send(0, wire.PathModeReq(wire.OpRemoveWatches, r, 3))
		}
	}
	s.send(0, wire.PathModeReq(wire.OpCheckWatches, r+"/other", 3), wire.PathModeReq(wire.OpCheckWatches, r+"/other", 2),
		wire.PathModeReq(wire.OpRemoveWatches, r+"/other", 3), wire.PathModeReq(wire.OpRemoveWatches, r+"/other", 3))
	s.send(1, wire.PathModeReq(wire.OpRemoveWatches, r+"/other", 2)).send(0, wire.PathModeReq(wire.OpCheckWatches,
		r+"/other", 3))
	s.send(0, addWatch(r, 2), addWatch(r, -1), addWatch(r, 3))
}

func setWatchesAgain(s *script) {
	r := "/again"
	s.open(0, 1).send(0, mk(r, 0), mk(r+"/set", 0), mk(r+"/kids", 0), mk(r+"/gone", 0), mk(r+"/same", 0), set(r+"/set",
		"new"), mk(r+"/kids/c", 0), rm(r+"/gone"))
	all := []string{r, r + "/set", r + "/kids", r + "/gone", r + "/same", r + "/never", "bad", ""}
	none := []string{}
	for _, since := range []int64{0, 3, 5, 7, 8, 9, 1 << 40, -1 << 40} {
		for i := range 5 {
			lists := [][]string{none, none, none, none, none}
			lists[i] = all
			if i < 3 {
				s.open(1).send(1, wire.SetWatchesReq(wire.OpSetWatches, since, lists[:3]...)).send(0, set(r+"/same", "x"),
					mk(r+"/never", 0), rm(r+"/never"))
			}
			s.open(1).send(1, wire.SetWatchesReq(wire.OpSetWatches2, since, lists...)).send(0, set(r+"/same", "x"),
				mk(r+"/never", 0), rm(r+"/never"))
		}
	}
	for i := range 5 { // a null list fails behind the events of those before it
		lists := [][]string{all, all, all, none, none}
		lists[i] = nil
		s.open(1).send(1, wire.SetWatchesReq(wire.OpSetWatches2, 0, lists...), set(r+"/same", "x"))
		if i < 3 {
			s.open(1).send(1, wire.SetWatchesReq(wire.OpSetWatches, 0, lists[:3]...), set(r+"/same", "x"))
		}
	}
	s.open(1).send(1, wire.SetWatchesReq(wire.OpSetWatches, 0, []string{wire.Null}, []string{}, []string{}), set(r+"/same",
		"x"))
}

func recursiveWatches(s *script) {
	r := "/recursive"
	s.open(0, 1, 2).send(0, mk(r, 0)).send(1, addWatch(r, 1), addWatch(r+"/a/b", 1), addWatch("/", 1)).send(2,
		addWatch(r+"/a", 0), addWatch("", 1))
	for _, change := range []wire.Request{mk(r+"/a", 0), mk(r+"/a/b", 0), mk(r+"/a/b/c", 0), mk(r+"/ab", 0), set(r+"/a/b/c",
		"x"), set(r+"/a", "x"),
		mk(r+"/a/b/e", wire.Ephemeral), multi(rm(r+"/a/b/c"), mk(r+"/a/b/d", 0), set(r, "y")), rm(r + "/a/b/d"),
		rm(r + "/a/b/e"), rm(r + "/a/b"), rm(r + "/a"), rm(r + "/ab")} {
		s.send(0, change)
	}
	s.send(1, wire.PathModeReq(wire.OpRemoveWatches, r, 3), wire.PathModeReq(wire.OpRemoveWatches, r+"/a", 3)).send(0,
		mk(r+"/a", 0), mk(r+"/a/b", 0), rm(r+"/a/b"), rm(r+"/a"))
}

func goneWatches(s *script) {
	no := false
	r := "/gone"
	s.open(0, 1).send(0, mk(r, 0)).send(1, get(r, true), addWatch(r, 1), mk(r+"/e", wire.Ephemeral))
	s.add(step{who: 1, do: hangUp}).send(0, set(r, "x"), wire.PathModeReq(wire.OpCheckWatches, r, 3))
	s.add(step{who: 1, do: reattach, hello: wire.Hello{Timeout: 30000, ReadOnly: &no}}).send(0, set(r, "y"))
	s.send(1, get(r, true), wire.Bare(wire.OpCloseSession)).send(0, set(r, "z"), wire.PathModeReq(wire.OpCheckWatches, r,
		3))
}
