package fourletter

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The golden answers were captured from Apache 3.8.0 in all its roles. Each is taken apart into the structs of
// this package and put together again: the result must be the same text, byte for byte. (mntr is the exception
// for the captures with another hash order; there the set of lines must be the same.)
func TestGolden(t *testing.T) {
	type vector struct{ Name, What, Text string }
	var file struct{ Vectors []vector }
	content, err := os.ReadFile("testdata/fourletter.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &file))
	seen := 0
	for _, v := range file.Vectors {
		word := v.Name[strings.LastIndexByte(v.Name, '.')+1:]
		if strings.HasPrefix(word, "dump") {
			word = "dump"
		}
		t.Run(v.Name, func(t *testing.T) {
			if strings.Contains(v.Text, notServing) || v.Name == "not_serving.isro" || v.Name == "not_serving.ruok" {
				require.Equal(t, v.Text, Answer(Command(word), nil, &fake{}))
				return
			}
			rebuild, ok := rebuilders()[word]
			require.True(t, ok)
			got := rebuild(t, v.Text)
			if v.Name == "1.mntr" || v.Name == "2.mntr" || v.Name == "3.mntr" {
				require.Equal(t, sortedLines(v.Text), sortedLines(got))
				return
			}
			require.Equal(t, v.Text, got)
		})
		seen++
	}
	require.Equal(t, 78, seen)
}

func sortedLines(s string) []string {
	lines := strings.Split(s, "\n")
	sort.Strings(lines)
	return lines
}

// rebuilders take an answer apart and put it together again.
func rebuilders() map[string]func(*testing.T, string) string {
	literal := func(c Command) func(*testing.T, string) string {
		return func(*testing.T, string) string {
			return Answer(c, []byte{0, 0, 0, 0, 0, 0, 0, 126}, &fake{serving: true, mask: 306})
		}
	}
	return map[string]func(*testing.T, string) string{
		"ruok": literal(Ruok), "gtmk": literal(Gtmk), "stmk": literal(Stmk), "srst": literal(Srst), "crst": literal(Crst),
		"hash": literal(Hash),
		"isro": func(t *testing.T, s string) string {
			mode := map[string]string{"rw": "leader", "ro": "read-only"}[s]
			return Answer(Isro, nil, &fake{serving: true, server: ServerStats{Mode: mode}})
		},
		"srvr": func(t *testing.T, s string) string { return Server(parseServer(t, s)) },
		"stat": func(t *testing.T, s string) string { return Status(parseServer(t, s), parseConns(t, s)) },
		"cons": func(t *testing.T, s string) string { return Connections(parseConns(t, s)) },
		"conf": func(t *testing.T, s string) string { return parseConf(t, s).String() },
		"dump": func(t *testing.T, s string) string { return parseDump(t, s).String() },
		"mntr": func(t *testing.T, s string) string { return Monitor(parseMntr(t, s)) },
		"envi": func(t *testing.T, s string) string {
			var all []Variable
			for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n")[1:] {
				name, value, _ := strings.Cut(line, "=")
				all = append(all, Variable{Name: name, Value: value})
			}
			return Environment(all)
		},
		"dirs": func(t *testing.T, s string) string {
			n := numbers(t, regexp.MustCompile(`^datadir_size: (\d+)\nlogdir_size: (\d+)\n$`), s)
			return Directories(n[0], n[1])
		},
		"wchs": func(t *testing.T, s string) string {
			n := numbers(t, regexp.MustCompile(`^(\d+) connections watching (\d+) paths\nTotal watches:(\d+)\n$`), s)
			return WatchSummary{int(n[0]), int(n[1]), int(n[2])}.String()
		},
		"wchc": func(t *testing.T, s string) string {
			var all []SessionPaths
			for _, p := range blocks(s) {
				all = append(all, SessionPaths{hex(t, p[0]), p[1:]})
			}
			return WatchesBySession(all)
		},
		"wchp": func(t *testing.T, s string) string {
			var all []PathSessions
			for _, p := range blocks(s) {
				x := PathSessions{Path: p[0]}
				for _, id := range p[1:] {
					x.Sessions = append(x.Sessions, hex(t, id))
				}
				all = append(all, x)
			}
			return WatchesByPath(all)
		},
	}
}

// blocks are lines with the indented ones that follow them.
func blocks(s string) [][]string {
	var all [][]string
	for _, line := range strings.Split(strings.TrimRight(s, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			all[len(all)-1] = append(all[len(all)-1], rest)
		} else if line != "" {
			all = append(all, []string{line})
		}
	}
	return all
}

func numbers(t *testing.T, re *regexp.Regexp, s string) []int64 {
	t.Helper()
	groups := re.FindStringSubmatch(s)
	require.NotNil(t, groups, s)
	all := make([]int64, 0, len(groups))
	for _, g := range groups[1:] {
		n, err := strconv.ParseInt(g, 10, 64)
		require.NoError(t, err)
		all = append(all, n)
	}
	return all
}

func hex(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64)
	require.NoError(t, err)
	return int64(n)
}

func integer(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	require.NoError(t, err)
	return n
}

func float(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	require.NoError(t, err)
	return f
}

func parseServer(t *testing.T, s string) ServerStats {
	var x ServerStats
	for _, line := range strings.Split(s, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "Zookeeper version":
			x.Version = value
		case "Latency min/avg/max":
			p := strings.Split(value, "/")
			x.Latency = Latencies{Min: integer(t, p[0]), Avg: float(t, p[1]), Max: integer(t, p[2])}
		case "Received":
			x.Received = integer(t, value)
		case "Sent":
			x.Sent = integer(t, value)
		case "Connections":
			x.Connections = int(integer(t, value))
		case "Outstanding":
			x.Outstanding = integer(t, value)
		case "Zxid":
			x.Zxid = hex(t, value)
		case "Mode":
			x.Mode = value
		case "Node count":
			x.Nodes = int(integer(t, value))
		case "Proposal sizes last/min/max":
			p := strings.Split(value, "/")
			x.Proposals = &Sizes{integer(t, p[0]), integer(t, p[1]), integer(t, p[2])}
		}
	}
	return x
}

func parseConns(t *testing.T, s string) []ConnStats {
	re := regexp.MustCompile(`(?m)^ /(\S+)\[([0-9a-f]+)\]\((.*)\)$`)
	var all []ConnStats
	for _, g := range re.FindAllStringSubmatch(s, -1) {
		fields := map[string]string{}
		for _, f := range strings.Split(g[3], ",") {
			key, value, _ := strings.Cut(f, "=")
			fields[key] = value
		}
		c := ConnStats{Remote: netip.MustParseAddrPort(g[1]), Ops: int(hex(t, g[2])), Queued: integer(t, fields["queued"]),
			Received: integer(t, fields["recved"]), Sent: integer(t, fields["sent"])}
		if fields["sid"] != "" {
			c.Session = &ConnSession{ID: hex(t, fields["sid"]), LastOp: fields["lop"], EstablishedMillis: integer(t, fields["est"]),
				TimeoutMillis: int32(integer(t, fields["to"])), LastCxid: -1, LastZxid: hex(t, fields["lzxid"]),
				LastReplyMillis: integer(t, fields["lresp"]), LastLatency: integer(t, fields["llat"]), MinLatency: integer(t, fields["minlat"]),
				AvgLatency: integer(t, fields["avglat"]), MaxLatency: integer(t, fields["maxlat"])}
			if fields["lcxid"] != "" {
				c.Session.LastCxid = hex(t, fields["lcxid"])
			}
		}
		all = append(all, c)
	}
	return all
}

func parseConf(t *testing.T, s string) Configuration {
	head, membership, _ := strings.Cut(s, "membership: \n")
	f := map[string]string{}
	for _, line := range strings.Split(strings.TrimSuffix(head, "\n"), "\n") {
		key, value, _ := strings.Cut(line, "=")
		f[key] = value
	}
	n := func(key string) int64 { return integer(t, f[key]) }
	c := Configuration{ClientPort: int(n("clientPort")), SecureClientPort: int(n("secureClientPort")), DataDir: f["dataDir"],
		DataDirSize: n("dataDirSize"), LogDir: f["dataLogDir"], LogDirSize: n("dataLogSize"), TickTime: n("tickTime"),
		MaxPerAddress: int(n("maxClientCnxns")), MinSessionTimeout: n("minSessionTimeout"), MaxSessionTimeout: n("maxSessionTimeout"),
		Backlog: int(n("clientPortListenBacklog")), ServerID: n("serverId")}
	if f["initLimit"] != "" {
		c.Member = &Member{InitLimit: int(n("initLimit")), SyncLimit: int(n("syncLimit")), ElectionAlg: int(n("electionAlg")),
			ElectionPorts: []int{int(n("electionPort"))}, QuorumPorts: []int{int(n("quorumPort"))}, Observer: n("peerType") == 1,
			Membership: membership}
	}
	return c
}

func parseDump(t *testing.T, s string) SessionDump {
	const layout = "Mon Jan 02 15:04:05 MST 2006"
	date := func(line string) time.Time {
		_, text, _ := strings.Cut(strings.TrimSuffix(line, ":"), " expire at ")
		at, err := time.Parse(layout, text)
		require.NoError(t, err)
		return at
	}
	var d SessionDump
	var sets *[]SessionBucket
	for _, b := range blocks(s) {
		head := b[0]
		switch {
		case strings.HasPrefix(head, "Local Session Sets"):
			sets, d.Local = &d.Local, []SessionBucket{}
		case strings.HasPrefix(head, "Session Sets"), strings.HasPrefix(head, "Global Session Sets"):
			sets = &d.Global
		case strings.HasPrefix(head, "Global Sessions("):
			sets, d.Known = nil, &[]KnownSession{}
		case strings.HasPrefix(head, "Connections Sets"):
			sets, d.Connections = nil, []ConnBucket{}
		case strings.Contains(head, " expire at ") && sets != nil:
			bucket := SessionBucket{Expires: date(head)}
			for _, id := range b[1:] {
				bucket.IDs = append(bucket.IDs, hex(t, id))
			}
			*sets = append(*sets, bucket)
		case strings.Contains(head, " expire at "):
			bucket := ConnBucket{Expires: date(head)}
			for _, line := range b[1:] {
				var addr, id string
				_, err := fmt.Sscanf(line, "ip: /%s sessionId: %s", &addr, &id)
				require.NoError(t, err)
				bucket.Connections = append(bucket.Connections, OpenConn{netip.MustParseAddrPort(addr), hex(t, id)})
			}
			d.Connections = append(d.Connections, bucket)
		case strings.HasPrefix(head, "0x") && strings.HasSuffix(head, ":"):
			d.Ephemerals = append(d.Ephemerals, SessionPaths{hex(t, strings.TrimSuffix(head, ":")), b[1:]})
		case strings.HasPrefix(head, "0x"):
			id, timeout, _ := strings.Cut(head, "\t")
			*d.Known = append(*d.Known, KnownSession{hex(t, id), int32(integer(t, strings.TrimSuffix(timeout, "ms")))})
		}
	}
	return d
}
