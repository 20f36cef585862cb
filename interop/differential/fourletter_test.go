//go:build interop

package differential

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// TestFourLetterWords brings both servers into the same state and compares what the words print, with
// numbers, addresses and dates masked.
func TestFourLetterWords(t *testing.T) {
	p := startPair(t, nil, nil)
	texts := func(word string) (a, b string) {
		t.Helper()
		return ask(t, p.apache.server, word), ask(t, p.target.server, word)
	}
	t.Run("without clients", func(t *testing.T) {
		for _, w := range []*world{p.apache, p.target} {
			_, err := w.admin.Call(wire.Bare(wire.OpCloseSession))
			require.NoError(t, err)
		}
		for _, word := range []string{"srvr", "stat", "cons", "dump", "wchs", "wchc", "wchp"} {
			a, b := texts(word)
			require.Equal(t, mask(a), mask(b), word)
		}
	})
	for _, w := range []*world{p.apache, p.target} {
		watched(t, w.server)
	}
	for _, word := range []string{"ruok", "isro", "srvr", "stat", "conf", "cons", "dump", "wchs", "wchc", "wchp", "ruok\n",
		"stat\n", "srvr\r\n", "isro\n", "abcd", "quit", "RUOK"} {
		t.Run(word, func(t *testing.T) {
			a, b := texts(word)
			require.Equal(t, mask(a), mask(b))
		})
	}
	t.Run("envi", func(t *testing.T) {
		_, b := texts("envi")
		require.True(t, strings.HasPrefix(b, "Environment:\n"))
		version := regexp.MustCompile(`(?m)^zookeeper\.version=(\d+)\.(\d+)\.\d+-\S+, built on \S`).FindStringSubmatch(b)
		require.NotNil(t, version, "clients read the version from this line:\n%s", b)
		for _, key := range []string{"host.name", "os.name", "os.arch", "os.version", "user.name", "user.home",
			"user.dir"} {
			require.Regexp(t, `(?m)^`+regexp.QuoteMeta(key)+`=`, b)
		}
	})
	for _, word := range []string{"mntr", "mntr\r\n"} {
		t.Run(word, func(t *testing.T) { monitoring(t, p, word) })
	}
}

// monitoring checks that the keys which every role has are there in both, with values of the same form and
// early enough for scripts that read 2048 bytes only.
func monitoring(t *testing.T, p *pair, word string) {
	keys := []string{"version", "server_state", "ephemerals_count", "num_alive_connections", "avg_latency", "min_latency",
		"max_latency",
		"outstanding_requests", "znode_count", "watch_count", "approximate_data_size", "global_sessions", "local_sessions",
		"packets_received",
		"packets_sent", "uptime", "open_file_descriptor_count", "max_file_descriptor_count", "connection_drop_probability",
		"last_client_response_size", "min_client_response_size", "max_client_response_size", "outstanding_tls_handshake",
		"auth_failed_count",
		"non_mtls_remote_conn_count", "non_mtls_local_conn_count"}
	a, b := metrics(t, ask(t, p.apache.server, word)), metrics(t, ask(t, p.target.server, word))
	for _, key := range keys {
		require.Contains(t, a, "zk_"+key, "Apache itself has no such key")
		require.Contains(t, b, "zk_"+key)
		if key != "version" {
			require.Equal(t, mask(a["zk_"+key]), mask(b["zk_"+key]), key)
		}
	}
	for _, key := range []string{"ephemerals_count", "znode_count", "watch_count", "global_sessions", "local_sessions",
		"num_alive_connections", "approximate_data_size"} {
		require.Equal(t, a["zk_"+key], b["zk_"+key], key)
	}
	text := ask(t, p.target.server, "mntr")
	head := text[:min(len(text), 2048)]
	for _, key := range keys[:19] {
		require.Contains(t, head, "zk_"+key+"\t", "the common keys stand in the first 2048 bytes")
	}
}

func metrics(t *testing.T, text string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		require.True(t, ok, "line %q: a key, a tab and a value are wanted", line)
		require.NotContains(t, out, key, "key twice")
		out[key] = value
	}
	return out
}

// watched gives a server two sessions with watches and an ephemeral, which live until the test ends.
func watched(t *testing.T, s *peer.Server) {
	t.Helper()
	for i := range 2 {
		c, err := wire.Connect(s.Addr, 30000)
		require.NoError(t, err)
		t.Cleanup(c.Close)
		for _, r := range []wire.Request{mk("/shared", 0), mk("/e"+string(rune('0'+i)), wire.Ephemeral), get("/shared",
			true), ls("/shared", true), stat("/none", true), addWatch("/e0", 0)} {
			_, err := c.Call(r)
			require.NoError(t, err)
		}
	}
}

func ask(t *testing.T, s *peer.Server, word string) string {
	t.Helper()
	text, err := peer.FourLetter(s.Addr, word, 5*time.Second)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("%q to %v: %v", word, s, err)
	}
	return text
}

// mask makes texts of two servers comparable; the blocks whose order is that of a hash are sorted.
func mask(text string) string {
	for _, m := range []struct{ from, to string }{
		{`built on .*`, `built on DATE`},
		{`Zookeeper version: \d+\.\d+\.\d+-[^,]*`, `Zookeeper version: V`},
		{`/\S+/version-2`, `DIR/version-2`},
		{`(?m)^\d+ expire at \w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d{4}:\n`, ``},
		// how many buckets there are depends on the moment
		{`0x[0-9a-f]+`, `HEX`},
		{`lop=\w+`, `lop=OP`},
		{`\d+\.\d+\.\d+\.\d+`, `ADDR`},
		{`\d+\.\d+`, `F`},
		{`-?\d+`, `N`},
	} {
		text = regexp.MustCompile(m.from).ReplaceAllString(text, m.to)
	}
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = regexp.MustCompile(`^ /ADDR:N\[N\]`).ReplaceAllString(lines[i], " /ADDR:N[N]")
	}
	if strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "HEX\n") || strings.HasPrefix(text,
		"/") || strings.HasPrefix(text, "Zookeeper") || strings.HasPrefix(text, " /ADDR") {
		slices.Sort(lines)
	}
	return strings.Join(lines, "\n")
}
