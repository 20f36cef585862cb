package link

import (
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/zab/packet"
)

// pieces is a connection on which bytes come in given pieces, and then its end.
type pieces struct {
	net.Conn
	rest  [][]byte
	reads int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[0])
	if p.reads++; n == len(p.rest[0]) {
		p.rest = p.rest[1:]
	} else {
		p.rest[0] = p.rest[0][n:]
	}
	return n, nil
}

func (p *pieces) SetReadDeadline(time.Time) error { return nil }
func (p *pieces) Close() error                    { return nil }
func (p *pieces) RemoteAddr() net.Addr            { return pipeAddr("nowhere") }

// However the bytes are cut, the same packets and snapshots come in the same order, in at most one batch a read and
// snapshot; and what is whole is not held back by what is not.
func TestPropertyChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stream []byte
		var want []string
		var ends []int // where each packet or snapshot ends
		for i := range rapid.IntRange(0, 20).Draw(t, "packets") {
			body := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "body")
			if rapid.IntRange(0, 4).Draw(t, "kind") == 0 {
				stream = append(packet.Packet{Kind: packet.Snap, Zxid: int64(len(body))}.Append(stream), body...)
				want = append(want, fmt.Sprintf("snapshot %x", body))
			} else {
				stream = packet.Packet{Kind: packet.Proposal, Zxid: int64(i), Data: body}.Append(stream)
				want = append(want, fmt.Sprintf("%d %x", i, body))
			}
			ends = append(ends, len(stream))
		}
		conn := &pieces{}
		arrived := 0
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			conn.rest, rest = append(conn.rest, rest[:n]), rest[n:]
		}
		e := newEars()
		var heard []string
		// Before the connection is read again, what has come whole has been handed over.
		handed := func() {
			arrived = len(stream)
			for _, p := range conn.rest {
				arrived -= len(p)
			}
			whole := 0
			for whole < len(ends) && ends[whole] <= arrived {
				whole++
			}
			if len(heard) < whole {
				t.Fatalf("%d are whole, %d were handed over", whole, len(heard))
			}
		}
		batches := 0
		e.hear = func(_ Link, ps []packet.Packet) {
			batches++
			for _, p := range ps {
				heard = append(heard, fmt.Sprintf("%d %x", p.Zxid, p.Data))
			}
		}
		snapshots := 0
		e.snapshot = func(snap packet.Packet, r io.Reader) error {
			b := make([]byte, snap.Zxid)
			_, err := io.ReadFull(r, b)
			heard = append(heard, fmt.Sprintf("snapshot %x", b))
			snapshots++
			return err
		}
		n := TCP(Options{}).(*network)
		watched := &watch{pieces: conn, before: handed}
		c := n.open(watched, watched, true, nil)
		err := newReader(c, e).run()
		c.Close(err)
		<-c.written
		require.True(t, errors.Is(err, ErrPeerClosed), err)
		require.Equal(t, want, heard)
		require.LessOrEqual(t, batches, conn.reads+snapshots)
	})
}

// watch looks before each read.
type watch struct {
	*pieces
	before func()
}

func (w *watch) Read(b []byte) (int, error) {
	w.before()
	return w.pieces.Read(b)
}
