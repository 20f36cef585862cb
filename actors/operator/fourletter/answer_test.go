package fourletter

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// fake is a Source of what a test wants to have told.
type fake struct {
	serving                bool
	server                 ServerStats
	mask                   int64
	serverReset, connReset int
}

func (f *fake) Serving() bool                { return f.serving }
func (f *fake) Server() ServerStats          { return f.server }
func (f *fake) Connections() []ConnStats     { return nil }
func (f *fake) ResetServer()                 { f.serverReset++ }
func (f *fake) ResetConnections()            { f.connReset++ }
func (f *fake) Configuration() Configuration { return Configuration{} }
func (f *fake) Disk() (data, log int64)      { return 1, 2 }
func (f *fake) Sessions() SessionDump        { return SessionDump{} }
func (f *fake) Environment() []Variable {
	return []Variable{{Name: "zookeeper.version", Value: "3.8.0-x"}}
}
func (f *fake) Digests() []Digest                { return nil }
func (f *fake) TraceMask() int64                 { return f.mask }
func (f *fake) SetTraceMask(mask int64)          { f.mask = mask }
func (f *fake) WatchSummary() WatchSummary       { return WatchSummary{} }
func (f *fake) WatchesBySession() []SessionPaths { return nil }
func (f *fake) WatchesByPath() []PathSessions    { return nil }

// Every word has an answer from a server that serves; from one that does not, only those that concern the
// process and not its tree.
func TestAnswers(t *testing.T) {
	for _, c := range Commands() {
		if c != Hash { // tells nothing when there are no digests
			require.NotEmpty(t, Answer(c, nil, &fake{serving: true}), c)
		}
		silent := Answer(c, nil, &fake{})
		switch c {
		case Ruok, Envi, Gtmk, Stmk:
			require.NotContains(t, silent, notServing, c)
		case Isro:
			require.Equal(t, "null", silent)
		case Hash:
			require.Equal(t, notServing, silent)
		default:
			require.Equal(t, notServing+"\n", silent, c)
		}
	}
	require.Empty(t, Answer(TelnetClose, nil, &fake{serving: true}))
	require.Empty(t, Answer("nope", nil, &fake{serving: true}))
}

func TestResets(t *testing.T) {
	f := &fake{serving: true}
	Answer(Srst, nil, f)
	require.Equal(t, [2]int{1, 0}, [2]int{f.serverReset, f.connReset})
	Answer(Crst, nil, f)
	require.Equal(t, [2]int{1, 1}, [2]int{f.serverReset, f.connReset})
	f.serving = false
	Answer(Srst, nil, f)
	Answer(Crst, nil, f)
	require.Equal(t, [2]int{1, 1}, [2]int{f.serverReset, f.connReset})
}

func TestTraceMask(t *testing.T) {
	f := &fake{mask: 306}
	require.Equal(t, "126", Answer(Stmk, []byte{0, 0, 0, 0, 0, 0, 0, 126}, f))
	require.Equal(t, "126", Answer(Gtmk, nil, f))
	require.Equal(t, "126", Answer(Stmk, []byte{1, 2, 3}, f), "a short mask sets nothing")
	require.Equal(t, "-1", Answer(Stmk, []byte("\xff\xff\xff\xff\xff\xff\xff\xff"), f))
}

func TestDigests(t *testing.T) {
	require.Equal(t, "100000001: 5\nffffffffffffffff: -1\n", Digests([]Digest{{1<<32 + 1, 5}, {-1, math.MaxUint64}}))
}

// What a connection begins with is a word only if it is exactly one; words are told from frame lengths by that.
func TestLookup(t *testing.T) {
	for _, c := range Commands() {
		got, ok := Lookup([]byte(string(c) + "\r\n"))
		require.True(t, ok)
		require.Equal(t, c, got)
		require.Len(t, string(c), WordLen)
	}
	got, ok := Lookup([]byte("\xff\xf4\xff\xfd\x06"))
	require.True(t, ok)
	require.Equal(t, "telnet close is not executed because it is not in the whitelist.\n", got.Refusal())
	for _, no := range []string{"", "ruo", "RUOK", "xxxx", "\x00\x00\x00\x2d"} {
		_, ok := Lookup([]byte(no))
		require.False(t, ok, no)
	}
	require.Equal(t, 8, Stmk.ArgumentLen())
	require.Zero(t, Ruok.ArgumentLen())
}

// The rules of the whitelist, seen at Apache 3.8.0: srvr always, isro with read-only mode, * for all.
func TestWhitelist(t *testing.T) {
	for list, want := range map[string]string{
		"":                      "srvr",
		"ruok, cons,stat":       "cons ruok srvr stat",
		" mntr ,nope,,MNTR":     "mntr srvr",
		"srvr":                  "srvr",
		"ruok,*":                strings.TrimSpace(strings.Join(words(ParseWhitelist("*", false)), " ")),
		"isro , telnet close ,": "isro srvr",
	} {
		require.Equal(t, want, strings.Join(words(ParseWhitelist(list, false)), " "), list)
	}
	require.Equal(t, "isro srvr", strings.Join(words(ParseWhitelist("", true)), " "))
	require.Len(t, words(ParseWhitelist("*", false)), len(Commands()))
	require.True(t, ParseWhitelist("*", false).Allows(TelnetClose))
	require.False(t, ParseWhitelist("ruok", false).Allows(TelnetClose))
	require.Equal(t, "mntr is not executed because it is not in the whitelist.\n", Mntr.Refusal())
}

func words(w Whitelist) []string {
	var all []string
	for _, c := range Commands() {
		if w.Allows(c) {
			all = append(all, string(c))
		}
	}
	return all
}

// Averages are decimals with one to four digits, rounded half up as Java's BigDecimal does.
func TestDecimal(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 1.1071: "1.1071", 1.5: "1.5", 4.25: "4.25", 0.03125: "0.0313", 0.00005: "0.0001", 0.00004: "0.0",
		2.0 / 3: "0.6667", 1048528: "1048528.0", 85 + 1.0/3: "85.3333", 12345678.5: "12345678.5", math.NaN(): "0.0", math.Inf(1): "0.0",
	} {
		require.Equal(t, want, Decimal(f))
	}
	rapid.Check(t, func(t *rapid.T) {
		sum, n := rapid.Int64Range(0, 1<<40).Draw(t, "sum"), rapid.Int64Range(1, 1<<20).Draw(t, "n")
		f := float64(sum) / float64(n)
		s := Decimal(f)
		whole, digits, ok := strings.Cut(s, ".")
		require.True(t, ok)
		require.NotEmpty(t, whole)
		require.True(t, len(digits) == 1 || len(digits) <= 4 && !strings.HasSuffix(digits, "0"), s)
		require.InDelta(t, f, parse(t, s), 0.0000501)
	})
}

func parse(t *rapid.T, s string) float64 {
	var f, scale float64 = 0, 0
	for _, c := range s {
		if c == '.' {
			scale = 1
			continue
		}
		f, scale = f*10+float64(c-'0'), scale*10
	}
	if scale == 0 {
		t.Fatal(s)
	}
	return f / scale
}

// The abbreviations of requests as cons shows them, seen at Apache 3.8.0.
func TestLastOp(t *testing.T) {
	for op, want := range map[int32]string{
		-10: "SESS", 1: "CREA", 4: "GETD", 3: "EXIS", 5: "SETD", 8: "GETC", 12: "GETC", 6: "GETA", 7: "SETA", 9: "SYNC", 14: "MULT",
		2: "DELE", 107: "HOMI", 11: "PING", 22: "MLTR", 104: "GETACN", 105: "STW2", 106: "ADDW", 101: "SETW", 0: "NA", 9999: "NA",
	} {
		require.Equal(t, want, LastOp(op), op)
	}
	for op := int32(-20); op < 200; op++ {
		require.NotEmpty(t, LastOp(op))
	}
}

// An IPv4 client of a listener on all addresses is told as what it is.
func TestMappedAddresses(t *testing.T) {
	c := ConnStats{Remote: netip.MustParseAddrPort("[::ffff:127.0.0.1]:5"), Ops: OpsRead | OpsWrite}
	require.Equal(t, " /127.0.0.1:5[5](queued=0,recved=0,sent=0)\n\n", Connections([]ConnStats{c}))
}

// zktop knows a version only as x.y.z-something, and reads lines after the clients at their one colon.
func TestStatusAsZktopReadsIt(t *testing.T) {
	s := Status(ServerStats{Version: "3.8.0-troupe-0.1.0, built on 2026-11-22 12:00 UTC", Mode: "standalone"},
		[]ConnStats{{Remote: netip.MustParseAddrPort("127.0.0.1:5")}})
	head, tail, ok := strings.Cut(s, "\n\n")
	require.True(t, ok)
	require.Regexp(t, `^Zookeeper version: \d+\.\d+\.\d+-`, head)
	for _, line := range strings.Split(strings.TrimSuffix(tail, "\n"), "\n") {
		require.Equal(t, 1, strings.Count(line, ":"), line)
	}
}

func TestConfWithSeveralAddresses(t *testing.T) {
	c := Configuration{Member: &Member{ElectionPorts: []int{3888, 3889}, QuorumPorts: []int{2888, 2889}, Membership: "version=0"}}
	require.Contains(t, c.String(), "electionPort=3888|3889\nquorumPort=2888|2889\npeerType=0\nmembership: \nversion=0")
}
