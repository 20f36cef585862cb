//go:build interop

package differential

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/wire"
)

// scene is a script with the paths below which it works.
type scene struct {
	name  string
	roots []string
	build func(*script)
}

// TestScripts plays the scripts that aim at one thing each.
func TestScripts(t *testing.T) {
	p := startPair(t, nil, nil)
	var scenes []scene
	scenes = append(scenes, sessionScenes()...)
	scenes = append(scenes, nodeScenes()...)
	scenes = append(scenes, aclScenes()...)
	scenes = append(scenes, watchScenes()...)
	scenes = append(scenes, multiScenes()...)
	scenes = append(scenes, frameScenes()...)
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) { p.run(t, sc) })
	}
}

// run plays one scene and fails the test with what differs.
func (p *pair) run(t *testing.T, sc scene) {
	t.Helper()
	s := newScript()
	sc.build(s)
	v, err := p.compare(s.steps, sc.roots...)
	require.NoError(t, err)
	if v.diff != "" {
		t.Errorf("Apache and the server under test differ:\n%s", v.diff)
	}
	if len(v.known) > 0 {
		t.Logf("known differences: %v", v.known)
	}
}

// The requests that scripts are made of, with the usual arguments.

func mk(path string, flags int32) wire.Request {
	return wire.CreateReq(wire.OpCreate, path, []byte("d"), wire.OpenACL(), flags)
}

func mk2(path string, flags int32) wire.Request {
	return wire.CreateReq(wire.OpCreate2, path, []byte("d"), wire.OpenACL(), flags)
}

func mkACL(path string, acl ...wire.ACL) wire.Request {
	return wire.CreateReq(wire.OpCreate, path, []byte("d"), acl, wire.Persistent)
}

func container(path string) wire.Request {
	return wire.CreateReq(wire.OpCreateContainer, path, []byte("d"), wire.OpenACL(), wire.Container)
}

func rm(path string) wire.Request { return wire.VersionReq(wire.OpDelete, path, -1) }

func set(path, data string) wire.Request { return wire.SetDataReq(path, []byte(data), -1) }

func get(path string, watch bool) wire.Request { return wire.WatchReq(wire.OpGetData, path, watch) }

func stat(path string, watch bool) wire.Request { return wire.WatchReq(wire.OpExists, path, watch) }

func ls(path string, watch bool) wire.Request { return wire.WatchReq(wire.OpGetChildren, path, watch) }

func ls2(path string, watch bool) wire.Request {
	return wire.WatchReq(wire.OpGetChildren2, path, watch)
}

func getACL(path string) wire.Request { return wire.PathReq(wire.OpGetACL, path) }

func digest(user string) wire.Request { return wire.AuthReq("digest", []byte(user)) }

// multi leaves out parts with a null path (see known).
func multi(ops ...wire.Request) wire.Request {
	ops = slices.DeleteFunc(slices.Clone(ops), func(r wire.Request) bool { return bytes.HasPrefix(r.Body, wire.Enc{}.Int(-1)) })
	return wire.MultiReq(wire.OpMulti, ops...)
}

func check(path string, version int32) wire.Request {
	return wire.VersionReq(wire.OpCheck, path, version)
}

func addWatch(path string, mode int32) wire.Request {
	return wire.PathModeReq(wire.OpAddWatch, path, mode)
}
