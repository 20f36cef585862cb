package fourletter

import (
	"fmt"
	"net/netip"
	"strings"
)

// ConnStats is what cons and stat tell of one connection.
type ConnStats struct {
	Remote   netip.AddrPort
	Ops      int   // what the server waits for: 1 to read, 4 to write, 5 both, 0 neither (see Ops*)
	Queued   int64 // requests not yet answered
	Received int64 // packets
	Sent     int64 // packets
	Session  *ConnSession
}

// What a connection waits for.
const (
	OpsNone  = 0
	OpsRead  = 1
	OpsWrite = 4
)

// ConnSession is what cons tells of the session on a connection; a connection without one is told in short.
type ConnSession struct {
	ID                int64
	LastOp            string // LastOp(op)
	EstablishedMillis int64  // since 1970
	TimeoutMillis     int32  // as negotiated
	LastCxid          int64  // negative before the first request: left out
	LastZxid          int64
	LastReplyMillis   int64 // when the last answer went out, by the server's own clock
	LastLatency       int64 // ms, like those that follow
	MinLatency        int64
	AvgLatency        int64
	MaxLatency        int64
}

// Connections is the answer to cons.
func Connections(all []ConnStats) string {
	var b strings.Builder
	for _, c := range all {
		c.brief(&b)
		if s := c.Session; s != nil {
			fmt.Fprintf(&b, ",sid=0x%x,lop=%s,est=%d,to=%d", uint64(s.ID), s.LastOp, s.EstablishedMillis, s.TimeoutMillis)
			if s.LastCxid >= 0 {
				fmt.Fprintf(&b, ",lcxid=0x%x", s.LastCxid)
			}
			fmt.Fprintf(&b, ",lzxid=0x%x,lresp=%d,llat=%d,minlat=%d,avglat=%d,maxlat=%d", uint64(s.LastZxid),
				s.LastReplyMillis, s.LastLatency, s.MinLatency, s.AvgLatency, s.MaxLatency)
		}
		b.WriteString(")\n")
	}
	b.WriteByte('\n')
	return b.String()
}

// brief writes the part that stat shows too, up to the closing parenthesis.
func (c ConnStats) brief(b *strings.Builder) {
	addr := netip.AddrPortFrom(c.Remote.Addr().Unmap(), c.Remote.Port())
	fmt.Fprintf(b, " /%s[%x](queued=%d,recved=%d,sent=%d", addr, c.Ops, c.Queued, c.Received, c.Sent)
}

// LastOp is Apache's abbreviation of a request, by its opcode on the wire. NA is what it shows after a request
// that failed before it reached the tree, and for opcodes without a name.
func LastOp(opcode int32) string {
	switch opcode {
	case -10:
		return "SESS"
	case -11:
		return "CLOS"
	case 1, 15, 19, 21: // create, create2, createContainer, createTTL
		return "CREA"
	case 2, 20: // delete, deleteContainer
		return "DELE"
	case 3:
		return "EXIS"
	case 4:
		return "GETD"
	case 5:
		return "SETD"
	case 6:
		return "GETA"
	case 7:
		return "SETA"
	case 8, 12: // getChildren, getChildren2
		return "GETC"
	case 9:
		return "SYNC"
	case 11:
		return "PING"
	case 13:
		return "CHEC"
	case 14:
		return "MULT"
	case 16:
		return "RECO"
	case 17:
		return "CHKW"
	case 18:
		return "REMW"
	case 22:
		return "MLTR"
	case 101:
		return "SETW"
	case 103:
		return "GETE"
	case 104:
		return "GETACN"
	case 105:
		return "STW2"
	case 106:
		return "ADDW"
	case 107:
		return "HOMI"
	}
	return "NA"
}
