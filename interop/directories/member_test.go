//go:build interop

package directories

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/persistence"
	"troupe/tree"
)

var memberTree = tree.Options{Digest: true, ExtendedTypes: true}

var memberSettings = []string{"snapCount=60", "preAllocSize=64", "DigestAuthenticationProvider.superDigest=" + superDigest}

// filled gives the directory of a server of kind k that wrote much and was killed, and what it held.
func filled(t *testing.T, k peer.Kind, root string) (string, view) {
	s := peer.Start(t, k, peer.Options{Settings: memberSettings, Properties: []string{"znode.container.checkIntervalMs=300"}})
	fill(t, s, root)
	bulk(t, s, root+"/bulk", 400)
	before := look(t, s)
	s.Kill()
	return s.DataDir, before
}

// opened gives the store on a directory, and its tree.
func opened(t *testing.T, dir string) (*persistence.Store, *tree.Tree) {
	o := persistence.DefaultOptions(dir)
	o.Tree = memberTree
	s, err := persistence.Open(persistence.OS(), o)
	require.NoError(t, err)
	tr, rec, err := s.Load()
	require.NoError(t, err)
	require.Zero(t, rec.DigestMismatches)
	return s, tr
}

// bothRead starts Apache and the server under test, each on a copy of the directory: they must hold the same. Then Apache writes, and the other reads that.
func bothRead(t *testing.T, dir string) view {
	t.Helper()
	var views []view
	var last *peer.Server
	for _, k := range []peer.Kind{peer.Target(), peer.Apache} {
		copied := t.TempDir()
		require.NoError(t, os.CopyFS(copied, os.DirFS(dir)))
		last = peer.Start(t, k, peer.Options{DataDir: copied, Settings: memberSettings})
		views = append(views, look(t, last))
	}
	same(t, views[0], views[1])
	bulk(t, last, "/more", 150)
	after := look(t, last)
	last.Kill()
	same(t, after, look(t, last.As(t, peer.Target())))
	return views[0]
}

// TestTruncated cuts logs as a follower does that had transactions which were never decided, in the last file and across files: what is left is a history,
// for Apache too.
func TestTruncated(t *testing.T) {
	for _, c := range []struct {
		kind  peer.Kind
		share float64 // of the log that stays
	}{{peer.Apache, 0.3}, {peer.Target(), 0.3}, {peer.Target(), 0.95}} {
		t.Run(fmt.Sprintf("%s to %v", c.kind, c.share), func(t *testing.T) {
			dir, _ := filled(t, c.kind, "/one")
			s, whole := opened(t, dir)
			all := logged(t, s)
			last := int(c.share * float64(len(all)))
			require.NoError(t, s.TruncateLog(all[last]))
			tr, _, err := s.Load()
			require.NoError(t, err)
			require.Equal(t, all[last], tr.LastZxid())
			require.Less(t, tr.NodeCount(), whole.NodeCount())
			require.Equal(t, all[:last+1], logged(t, s))
			require.NoError(t, s.Close())
			got := bothRead(t, dir)
			require.Equal(t, fmt.Sprintf("Node count: %d", tr.NodeCount()), got.nodes)
		})
	}
}

// logged are the zxids in the log.
func logged(t *testing.T, s *persistence.Store) []int64 {
	l, err := s.Entries(0)
	require.NoError(t, err)
	defer l.Close()
	var all []int64
	for {
		e, err := l.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, e.Zxid)
	}
}

// TestReplaced streams the tree of one directory as a leader does, and puts it in place of another directory's history, as a learner does: Apache finds the
// leader's data there, and nothing of the learner's.
func TestReplaced(t *testing.T) {
	leaders, want := filled(t, peer.Apache, "/leader")
	learners, _ := filled(t, peer.Target(), "/learner")
	leader, tr := opened(t, leaders)
	defer leader.Close()
	var stream bytes.Buffer
	zxid, err := persistence.StreamSnapshot(&stream, persistence.Whole(tr))
	require.NoError(t, err)
	received, err := persistence.ReadStream(&stream, zxid, memberTree)
	require.NoError(t, err)
	learner, _ := opened(t, learners)
	require.NoError(t, learner.Replace(persistence.Whole(received)))
	require.NoError(t, learner.Close())
	same(t, want, bothRead(t, learners))
}
