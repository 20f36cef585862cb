//go:build interop

package directories

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Cleanup()
	os.Exit(code)
}

// way is how a server is ended.
type way string

const (
	stopped way = "stopped"
	killed  way = "killed"
)

// TestThereAndBack fills a directory by one server, opens it by the other, which writes more, and opens it
// by the first again.
func TestThereAndBack(t *testing.T) {
	target := peer.Target()
	for _, c := range []struct {
		first, second peer.Kind
		end           way
		compression   string
	}{
		{peer.Apache, target, stopped, ""},
		{peer.Apache, target, killed, ""},
		{peer.Apache, target, killed, "gz"},
		{peer.Apache, target, stopped, "snappy"},
		{target, peer.Apache, stopped, ""},
		{target, peer.Apache, killed, ""},
		{target, peer.Apache, stopped, "gz"},
		{target, peer.Apache, killed, "snappy"},
	} {
		t.Run(fmt.Sprintf("%s %s, then %s %s", c.first, c.end, c.second, c.compression), func(t *testing.T) {
			s := peer.Start(t, c.first, peer.Options{Settings: []string{
				"snapCount=60", "preAllocSize=64", "snapshot.compression.method=" + c.compression,
				"DigestAuthenticationProvider.superDigest=" + superDigest,
			}, Properties: []string{"znode.container.checkIntervalMs=300"}})
			owner := fill(t, s, "/one")
			bulk(t, s, "/bulk", 500)
			before := look(t, s)
			end(t, s, c.end)
			sound(t, s)

			s = s.As(t, c.second)
			same(t, before, look(t, s))
			owner = owner.reattach(s, "alice:secret")
			owner.ok(wire.VersionReq(wire.OpDelete, "/one/e", -1), wire.WatchReq(wire.OpGetData, "/one/private", false))
			second := fill(t, s, "/two")
			bulk(t, s, "/bulk/more", 300)
			before = look(t, s)
			end(t, s, c.end)
			sound(t, s)

			s = s.As(t, c.first)
			same(t, before, look(t, s))
			owner = owner.reattach(s, "alice:secret")
			owner.ok(wire.Bare(wire.OpCloseSession))
			second = second.reattach(s, "alice:secret")
			second.ok(wire.WatchReq(wire.OpExists, "/two/e", false))
			require.Equal(t, wire.CodeNoNode, second.code(wire.WatchReq(wire.OpExists, "/one/container/child", false)),
				"ephemerals go with the session that was made by the other server")
		})
	}
}

func end(t *testing.T, s *peer.Server, how way) {
	t.Helper()
	if how == killed {
		s.Kill()
		return
	}
	require.Equal(t, s.Kind.CleanExit(), s.Stop(), "exit code of a clean stop of %v", s)
}

// view is what a server holds, as text.
type view struct {
	tree     string
	sessions []string // of the dump command
	nodes    string   // the node count of srvr
}

func look(t *testing.T, s *peer.Server) view {
	t.Helper()
	c := connect(t, s, superAuth)
	nodes, err := c.Dump("/")
	require.NoError(t, err)
	c.ok(wire.Bare(wire.OpCloseSession))
	c.Close()
	ephemerals := regexp.MustCompile(`(?s)Sessions with Ephemerals.*?Connections dump`).FindString(ask(t, s, "dump"))
	if s.Kind == peer.Apache {
		// A digest that differs after a transaction is only counted there.
		require.Regexp(t, `(?m)^zk_digest_mismatches_count\t0$`, ask(t, s, "mntr"))
	}
	return view{
		tree:     wire.Text(nodes),
		sessions: sortedBlocks(ephemerals),
		nodes:    regexp.MustCompile(`Node count: \d+`).FindString(ask(t, s, "srvr")),
	}
}

// sortedBlocks brings the sessions of a dump, and the paths of each, into an order.
func sortedBlocks(text string) []string {
	var out []string
	session := ""
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "0x") {
			session = line
		}
		if line != "Connections dump" {
			out = append(out, session+line)
		}
	}
	return sorted(out)
}

func ask(t *testing.T, s *peer.Server, word string) string {
	t.Helper()
	text, err := peer.FourLetter(s.Addr, word, 5*time.Second)
	require.NoError(t, err)
	return text
}

func same(t *testing.T, want, got view) {
	t.Helper()
	if want.tree != got.tree {
		t.Errorf("the tree differs:\n%s", lineDiff(want.tree, got.tree))
	}
	require.Equal(t, want.sessions, got.sessions, "sessions with ephemerals")
	require.Equal(t, want.nodes, got.nodes)
}

// lineDiff shows the lines that differ, at most twenty of each side.
func lineDiff(want, got string) string {
	has := func(text string) map[string]bool {
		m := map[string]bool{}
		for l := range strings.Lines(text) {
			m[l] = true
		}
		return m
	}
	w, g := has(want), has(got)
	var b strings.Builder
	show := func(mark, text string, other map[string]bool) {
		n := 0
		for l := range strings.Lines(text) {
			if !other[l] && n < 20 {
				b.WriteString(mark + l)
				n++
			}
		}
	}
	show("- ", want, g)
	show("+ ", got, w)
	return b.String()
}

// sound reads the files that the server under test wrote with Apache's own tools: the newest snapshot whole,
// and the newest log without a checksum error.
func sound(t *testing.T, s *peer.Server) {
	t.Helper()
	if s.Kind != peer.Target() {
		return
	}
	version := filepath.Join(s.DataDir, "version-2")
	snapshot, log := newest(t, version, "snapshot."), newest(t, version, "log.")
	out, err := peer.Java("", nil, "org.apache.zookeeper.server.SnapshotFormatter", snapshot).CombinedOutput()
	require.NoError(t, err, "SnapshotFormatter %s:\n%s", snapshot, out)
	require.Contains(t, string(out), "/one\n")
	out, err = peer.Java("", []string{"commons-cli"}, "org.apache.zookeeper.server.persistence.TxnLogToolkit", "-d",
		log).CombinedOutput()
	require.NoError(t, err, "TxnLogToolkit %s:\n%s", log, out)
	require.NotContains(t, string(out), "CRC ERROR")
	require.Regexp(t, `EOF reached after \d+ txns`, string(out))
}
