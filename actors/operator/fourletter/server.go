package fourletter

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ServerStats is what srvr, stat, mntr and isro tell of a server. srvr needs the first part only.
type ServerStats struct {
	Version     string    // troupe/internal/version.String: x.y.z-..., built on ...
	Mode        string    // standalone, leader, follower, observer or read-only
	Latency     Latencies // of requests since the start or srst
	Received    int64     // packets, four-letter words among them
	Sent        int64     // packets
	Connections int       // alive now
	Outstanding int64     // requests not yet answered
	Zxid        int64     // the last one processed
	Nodes       int       // znodes
	Proposals   *Sizes    // the leader's proposals, in bytes; nil elsewhere

	Ephemerals          int     // ephemeral znodes
	Watches             int     // all kinds
	DataSize            int64   // approximate bytes of paths and data
	GlobalSessions      int     //
	LocalSessions       int     //
	UptimeMillis        int64   // since the server began to serve
	OpenFiles           int64   // file descriptors in use; negative: unknown, and left out
	MaxFiles            int64   // most file descriptors; negative: unknown, and left out
	DropProbability     float64 // of new connections, while they are throttled
	Responses           Sizes   // encoded replies, in bytes
	TLSHandshakes       int64   // under way
	AuthFailed          int64   // failed authentications
	PlainRemote         int64   // connections of this moment without a client certificate, from other machines
	PlainLocal          int64   // the same, from this machine
	Quotas              []Quota
	PeerState           string  // of a member, such as "leading - broadcast"; empty standalone
	ObserverMasterID    *int64  // server that feeds this observer; nil elsewhere
	QuorumSize          *int    // voters; nil standalone
	Leader              *Leader // what only a leader knows; nil elsewhere
	ObserverMasterFeeds *int    // observers that this follower feeds; nil when it is not an observer master
	Metrics             []Metric
}

// Latencies are in milliseconds.
type Latencies struct {
	Min, Max int64
	Avg      float64
}

// Sizes are in bytes; NoSizes before there was any.
type Sizes struct{ Last, Min, Max int64 }

// NoSizes is what Apache tells before there was any.
func NoSizes() Sizes { return Sizes{-1, -1, -1} }

// Quota is one top namespace (/ns) that has a quota. A limit of -1 is none.
type Quota struct {
	Namespace              string // without the slash
	CountLimit, CountUsage int64
	BytesLimit, BytesUsage int64
}

// Leader is what only a leader knows.
type Leader struct {
	Learners                 int
	SyncedFollowers          int
	SyncedNonVotingFollowers int
	SyncedObservers          int
	PendingSyncs             int
	UptimeMillis             int64
}

const readOnlyMode = "read-only"

// Server is the answer to srvr.
func Server(s ServerStats) string {
	var b strings.Builder
	versionLines(&b, s)
	serverLines(&b, s)
	return b.String()
}

// Status is the answer to stat: srvr with the clients in between.
func Status(s ServerStats, connections []ConnStats) string {
	var b strings.Builder
	versionLines(&b, s)
	b.WriteString("Clients:\n")
	for _, c := range connections {
		c.brief(&b)
		b.WriteString(")\n")
	}
	b.WriteByte('\n')
	serverLines(&b, s)
	return b.String()
}

// ReadOnly is the answer to isro of a server that serves.
func ReadOnly(s ServerStats) string {
	if s.Mode == readOnlyMode {
		return "ro"
	}
	return "rw"
}

func versionLines(b *strings.Builder, s ServerStats) {
	b.WriteString("Zookeeper version: " + s.Version + "\n")
	if s.Mode == readOnlyMode {
		b.WriteString("READ-ONLY mode; serving only read-only clients\n")
	}
}

func serverLines(b *strings.Builder, s ServerStats) {
	fmt.Fprintf(b, "Latency min/avg/max: %d/%s/%d\n", s.Latency.Min, Decimal(s.Latency.Avg), s.Latency.Max)
	fmt.Fprintf(b, "Received: %d\nSent: %d\nConnections: %d\nOutstanding: %d\n", s.Received, s.Sent, s.Connections, s.Outstanding)
	fmt.Fprintf(b, "Zxid: 0x%x\nMode: %s\nNode count: %d\n", uint64(s.Zxid), s.Mode, s.Nodes)
	if p := s.Proposals; p != nil {
		fmt.Fprintf(b, "Proposal sizes last/min/max: %d/%d/%d\n", p.Last, p.Min, p.Max)
	}
}

// Decimal writes an average as ZooKeeper does: rounded half up to 4 decimals, with no zeros at the end but
// always one digit after the point.
func Decimal(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	s := strconv.FormatFloat(math.Floor(f*10000+0.5)/10000, 'f', 4, 64)
	s = strings.TrimRight(s, "0")
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	return s
}
