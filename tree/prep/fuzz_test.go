package prep_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree"
)

// Whatever a client sends gives a transaction that applies on every server, passes through the log, and agrees with the
// tree about the digest.
func FuzzPrepare(f *testing.F) {
	for _, seed := range captured(f) {
		f.Add(seed)
	}
	for _, op := range writes {
		f.Add(jute.AppendInt(nil, int32(op)))
	}
	f.Fuzz(func(t *testing.T, request []byte) {
		d := jute.NewDecoder(request)
		op := proto.Op(d.Int())
		body := d.Rest()
		r := scenery(t, defaults)
		r.prepare(bob, proto.OpCreate, create("/open/pending", anyone, proto.ModeEphemeral).Append(nil))
		for _, session := range []int64{alice, 0, gone} {
			x := r.prepare(session, op, body)
			if x.Header.Zxid == 0 {
				return // no write
			}
			logged, err := tree.DecodeTxn(x.Append(nil))
			require.NoError(t, err)
			require.Equal(t, x.Append(nil), logged.Append(nil))
			require.Equal(t, code(&x) == proto.Ok, x.HasDigest)
		}
		r.prepare(bob, proto.OpCloseSession, nil)
		r.apply(len(r.queue), true)
		require.Zero(t, r.prep.Outstanding())
	})
}

// captured are the requests that were recorded with Apache, without their xid.
func captured(t testing.TB) [][]byte {
	text, err := os.ReadFile("../reply/testdata/exchanges.json")
	require.NoError(t, err)
	var groups map[string][]struct{ Request string }
	require.NoError(t, json.Unmarshal(text, &groups))
	var out [][]byte
	for _, group := range groups {
		for _, e := range group {
			b, err := hex.DecodeString(e.Request)
			require.NoError(t, err)
			out = append(out, slices.Clone(b[4:]))
		}
	}
	require.NotEmpty(t, out)
	return out
}
