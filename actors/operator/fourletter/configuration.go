package fourletter

import (
	"fmt"
	"strconv"
	"strings"
)

// Configuration is what conf tells. Times are in milliseconds, sizes in bytes.
type Configuration struct {
	ClientPort        int // -1: none
	SecureClientPort  int // -1: none
	DataDir           string
	DataDirSize       int64 // (Apache 3.8 exchanges the two sizes, 3.9 does not)
	LogDir            string
	LogDirSize        int64
	TickTime          int64
	MaxPerAddress     int
	MinSessionTimeout int64
	MaxSessionTimeout int64
	Backlog           int
	ServerID          int64
	Member            *Member // nil standalone
}

// Member is what conf tells besides of a member of an ensemble.
type Member struct {
	InitLimit, SyncLimit int // ticks
	ElectionAlg          int
	ElectionPorts        []int // one for each of its addresses
	QuorumPorts          []int
	Observer             bool
	Membership           string // the text of /zookeeper/config; empty while there is no quorum: left out
}

// String is the answer to conf. With a membership it ends without a newline.
func (c Configuration) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "clientPort=%d\nsecureClientPort=%d\n", c.ClientPort, c.SecureClientPort)
	fmt.Fprintf(&b, "dataDir=%s\ndataDirSize=%d\ndataLogDir=%s\ndataLogSize=%d\n", c.DataDir, c.DataDirSize, c.LogDir, c.LogDirSize)
	fmt.Fprintf(&b, "tickTime=%d\nmaxClientCnxns=%d\n", c.TickTime, c.MaxPerAddress)
	fmt.Fprintf(&b, "minSessionTimeout=%d\nmaxSessionTimeout=%d\n", c.MinSessionTimeout, c.MaxSessionTimeout)
	fmt.Fprintf(&b, "clientPortListenBacklog=%d\nserverId=%d\n", c.Backlog, c.ServerID)
	m := c.Member
	if m == nil {
		return b.String()
	}
	peerType := 0
	if m.Observer {
		peerType = 1
	}
	fmt.Fprintf(&b, "initLimit=%d\nsyncLimit=%d\nelectionAlg=%d\n", m.InitLimit, m.SyncLimit, m.ElectionAlg)
	fmt.Fprintf(&b, "electionPort=%s\nquorumPort=%s\npeerType=%d\n", ports(m.ElectionPorts), ports(m.QuorumPorts), peerType)
	if m.Membership != "" {
		b.WriteString("membership: \n" + m.Membership)
	}
	return b.String()
}

func ports(all []int) string {
	text := make([]string, len(all))
	for i, p := range all {
		text[i] = strconv.Itoa(p)
	}
	return strings.Join(text, "|")
}
