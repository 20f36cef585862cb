//go:build interop

package ensemble

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/ledger"
)

// TestHostileBytes sends what no member sends to the ports at which members talk. It costs one connection each time:
// the same leader leads, and writes go on.
func TestHostileBytes(t *testing.T) {
	forMixes(t, []mix{"ttt", "att"}, func(t *testing.T, x mix) {
		e := form(t, x, options{direct: true})
		leader := e.leader()
		writer := connect(t, e.others(leader)[0], long)
		w := &ledger.Writer{Root: "/hostile"}
		require.NoError(t, w.Open(writer))
		epoch := leader.state().zxid >> 32
		for _, m := range e.members {
			for name, b := range hostile(t, e) {
				for _, port := range []int{m.quorumPort, m.electionPort} {
					c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), patience)
					if m != leader && port == m.quorumPort {
						require.Error(t, err, "only a leader listens for learners")
						continue
					}
					require.NoError(t, err, "%s to port %d of %v", name, port, m)
					_ = c.SetWriteDeadline(time.Now().Add(2 * time.Second))
					_, _ = c.Write(b) // it may be closed before all is written
					if len(b)%2 == 0 {
						_ = c.Close() // others stay open for a while
					} else {
						t.Cleanup(func() { _ = c.Close() })
					}
				}
				require.NoError(t, w.Run(writer, 4, 4, nil), "behind %s to %v", name, m)
			}
		}
		e.awaitFormed()
		require.Equal(t, leader.id, e.leader().id)
		require.Equal(t, epoch, leader.state().zxid>>32, "nobody was elected anew")
		require.NoError(t, w.Verify(writer))
		e.sameTrees(t)
	})
}

// hostile are first bytes for either port.
func hostile(t *testing.T, e *ensemble) map[string][]byte {
	t.Helper()
	long := func(vs ...int64) (b []byte) {
		for _, v := range vs {
			b = binary.BigEndian.AppendUint64(b, uint64(v))
		}
		return b
	}
	greeting := func(sid int64, length int32, address string) []byte {
		return append(binary.BigEndian.AppendUint32(long(-65536, sid), uint32(length)), address...)
	}
	noise := make([]byte, 100_001)
	_, err := rand.Read(noise)
	require.NoError(t, err)
	// A follower's information with nothing behind it, and with a length that nobody has.
	info := append(binary.BigEndian.AppendUint32(nil, 11), long(0)...)
	return map[string][]byte{
		"nothing":                          {},
		"one byte":                         {0},
		"noise":                            noise,
		"zeros":                            make([]byte, 64<<10),
		"ones":                             bytes.Repeat([]byte{0xff}, 64<<10),
		"HTTP":                             []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"TLS":                              {22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3},
		"a protocol of the future":         long(-65000, 1),
		"a negative length of an address":  greeting(1, -1, ""),
		"a huge length of an address":      greeting(1, 1<<30, "127.0.0.1:1"),
		"an address that is none":          greeting(1, 7, "nowhere"),
		"a server that is no member":       greeting(77, 11, "127.0.0.1:1"),
		"a huge message":                   append(greeting(77, 11, "127.0.0.1:1"), 0x7f, 0xff, 0xff, 0xff),
		"a negative message":               append(greeting(77, 11, "127.0.0.1:1"), 0x80, 0, 0, 1),
		"a follower without information":   append(info, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff),
		"a follower with too much to say":  append(info, 0x7f, 0xff, 0xff, 0xff, 1),
		"a follower with a negative array": append(info, 0x80, 0, 0, 0, 1),
	}
}
