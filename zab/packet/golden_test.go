package packet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
)

type vector struct {
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Zxid    string          `json:"zxid"`
	Hex     string          `json:"hex"`
	Decoded map[string]any  `json:"-"`
	Decode  json.RawMessage `json:"decoded"`
}

// vectors are the packets that were captured from Apache 3.8.0, one of each kind and shape.
func vectors(t testing.TB) []vector {
	raw, err := os.ReadFile("testdata/quorum-packets.json")
	require.NoError(t, err)
	var file struct{ Vectors []vector }
	require.NoError(t, json.Unmarshal(raw, &file))
	var all []vector
	for _, v := range file.Vectors {
		if !strings.Contains(v.Name, "stream") {
			v.Decoded = map[string]any{}
			_ = json.Unmarshal(v.Decode, &v.Decoded) // some are lists
			all = append(all, v)
		}
	}
	require.Greater(t, len(all), 35)
	return all
}

func (v vector) bytes(t testing.TB) []byte {
	b, err := hex.DecodeString(v.Hex)
	require.NoError(t, err)
	return b
}

func (v vector) number(key string) int64 { return int64(v.Decoded[key].(float64)) }

// Every captured packet is read from a stream that comes byte by byte, and written again as it was.
func TestGoldenPackets(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			want := v.bytes(t)
			r := NewReader(iotest.OneByteReader(bytes.NewReader(want)), Limits{})
			p, err := r.Next()
			require.NoError(t, err)
			require.Equal(t, v.Type, p.Kind.String())
			zxid, err := strconv.ParseUint(v.Zxid, 0, 64)
			require.NoError(t, err)
			require.Equal(t, int64(zxid), p.Zxid)
			require.Equal(t, want, p.Append(nil))
			again, err := Decode(want)
			require.NoError(t, err)
			require.Equal(t, p, again)
			_, err = r.Next()
			require.Equal(t, io.EOF, err)
		})
	}
}

// What stands in the data of each captured packet is read, and written again as it was.
func TestGoldenViews(t *testing.T) {
	seen := map[Kind]bool{}
	for _, v := range vectors(t) {
		p, err := Decode(v.bytes(t))
		require.NoError(t, err)
		seen[p.Kind] = true
		fromLeader := strings.Contains(v.Name, "leader-")
		t.Run(v.Name, func(t *testing.T) {
			switch {
			case p.Kind == FollowerInfo || p.Kind == ObserverInfo:
				l, err := p.LearnerInfo()
				require.NoError(t, err)
				require.Equal(t, v.number("serverid"), l.SID)
				require.EqualValues(t, ProtocolVersion, l.Version)
				require.Equal(t, p, l.Packet(p.Kind))
			case p.Kind == LeaderInfo:
				epoch, err := p.NewEpoch()
				require.NoError(t, err)
				require.Equal(t, p, LeaderInfoPacket(epoch))
			case p.Kind == AckEpoch:
				epoch, err := p.CurrentEpoch()
				require.NoError(t, err)
				require.Equal(t, v.number("currentEpoch"), epoch)
				require.Equal(t, p, AckEpochPacket(p.Zxid, int32(epoch)))
			case p.Kind == Request:
				r, err := p.ClientRequest()
				require.NoError(t, err)
				require.Equal(t, v.number("cxid"), int64(r.Cxid))
				require.Equal(t, v.number("type"), int64(r.Op))
				require.Equal(t, v.Decoded["request"], hex.EncodeToString(r.Body))
				require.Equal(t, p, r.Packet())
			case p.Kind == Ping && !fromLeader:
				touches, err := p.Touches()
				require.NoError(t, err)
				require.Equal(t, p, PongPacket(p.Zxid, touches))
			case p.Kind == Revalidate && fromLeader:
				session, valid, err := p.Revalidated()
				require.NoError(t, err)
				require.Equal(t, p, RevalidatedPacket(session, valid))
			case p.Kind == Revalidate:
				touch, err := p.RevalidateQuery()
				require.NoError(t, err)
				require.Equal(t, p, RevalidatePacket(touch))
			case p.Kind == Proposal || p.Kind == Inform:
				e, err := CheckTxn(p.Zxid, p.Data)
				require.NoError(t, err)
				require.Equal(t, p.Zxid, e.Zxid)
				_, err = CheckTxn(p.Zxid+1, p.Data)
				require.ErrorIs(t, err, ErrMalformed)
			case p.Kind == CommitAndActivate || p.Kind == InformAndActivate:
				sid, txn, err := p.Activation()
				require.NoError(t, err)
				require.Equal(t, p.Kind == InformAndActivate, len(txn) > 0)
				require.Equal(t, p, ActivatePacket(p.Kind, p.Zxid, sid, txn))
			}
		})
	}
	for k := Request; k <= InformAndActivate; k++ {
		require.True(t, seen[k], "%s was captured", k)
	}
}

// Hostile lengths end in an error that says what is wrong, before memory is taken for them.
func TestReaderRefuses(t *testing.T) {
	head := "00000002" + "0000000100000001"
	for _, c := range []struct {
		name, hex string
		want      error
	}{
		{"nothing", "", io.EOF},
		{"cut in the head", "000000", io.ErrUnexpectedEOF},
		{"cut before the length", head + "0000", io.ErrUnexpectedEOF},
		{"cut in the data", head + "00000004" + "00", io.ErrUnexpectedEOF},
		{"cut in large data", head + "00100000" + "00", io.ErrUnexpectedEOF},
		{"cut before authinfo", head + "ffffffff", io.ErrUnexpectedEOF},
		{"negative data", head + "fffffffe", ErrMalformed},
		{"huge data", head + "7fffffff", ErrTooLarge},
		{"negative authinfo", head + "ffffffff" + "80000000", ErrMalformed},
		{"huge authinfo", head + "ffffffff" + "7fffffff", ErrTooLarge},
		{"huge scheme", head + "ffffffff" + "00000001" + "7fffffff", ErrTooLarge},
		{"null scheme", head + "ffffffff" + "00000001" + "ffffffff", ErrMalformed},
		{"negative id", head + "ffffffff" + "00000001" + "00000000" + "fffffffd", ErrMalformed},
		{"cut in authinfo", head + "ffffffff" + "00000001" + "00000001", io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := hex.DecodeString(c.hex)
			require.NoError(t, err)
			_, err = NewReader(bytes.NewReader(b), Limits{}).Next()
			require.ErrorIs(t, err, c.want)
		})
	}
}

// All ids of a packet share one bound, so that many short ones cannot take what one long one may not.
func TestReaderBoundsAllIDs(t *testing.T) {
	p := Packet{Kind: Request, Data: make([]byte, 16)}
	for range 10 {
		p.Auth = append(p.Auth, ids("digest", "someone")...)
	}
	_, err := NewReader(bytes.NewReader(p.Append(nil)), Limits{String: 100}).Next()
	require.ErrorIs(t, err, ErrTooLarge)
	got, err := NewReader(bytes.NewReader(p.Append(nil)), Limits{String: 130}).Next()
	require.NoError(t, err)
	require.Equal(t, p, got)
}

// The bytes behind SNAP are the snapshot's, and packets go on after it.
func TestStreamBetweenPackets(t *testing.T) {
	b := Packet{Kind: Snap, Zxid: 5}.Append(nil)
	b = append(b, "snapshot"...)
	b = Packet{Kind: NewLeader, Zxid: 6}.Append(b)
	r := NewReader(bytes.NewReader(b), Limits{})
	p, err := r.Next()
	require.NoError(t, err)
	require.Equal(t, Snap, p.Kind)
	body := make([]byte, 8)
	_, err = io.ReadFull(r.Stream(), body)
	require.NoError(t, err)
	require.Equal(t, "snapshot", string(body))
	p, err = r.Next()
	require.NoError(t, err)
	require.Equal(t, NewLeader, p.Kind)
}

// A view of data that is too short or means nothing is ErrMalformed; old forms of LearnerInfo are read.
func TestViewsRefuse(t *testing.T) {
	short := func(k Kind, n int) Packet { return Packet{Kind: k, Zxid: 1 << 32, Data: make([]byte, n)} }
	for name, err := range map[string]error{
		"learner info 7":     second(short(FollowerInfo, 7).LearnerInfo()),
		"learner info 15":    second(short(FollowerInfo, 15).LearnerInfo()),
		"other first packet": second(short(Commit, 20).LearnerInfo()),
		"negative epoch":     second(Packet{Kind: FollowerInfo, Zxid: -1}.LearnerInfo()),
		"request":            second(short(Request, 15).ClientRequest()),
		"ping":               second(short(Ping, 3).Touches()),
		"revalidate":         second(short(Revalidate, 11).RevalidateQuery()),
		"ack epoch":          second(short(AckEpoch, 3).CurrentEpoch()),
		"ack epoch -2":       second(AckEpochPacket(0, -2).CurrentEpoch()),
		"no ack epoch":       second(short(Ack, 4).CurrentEpoch()),
		"leader info":        second(short(LeaderInfo, 3).NewEpoch()),
		"leader info 0":      second(LeaderInfoPacket(0).NewEpoch()),
		"old leader":         second(short(NewLeader, 4).NewEpoch()),
		"no leader info":     second(short(Diff, 4).NewEpoch()),
		"transaction":        second(CheckTxn(0, make([]byte, 31))),
		"decode":             second(Decode([]byte{1})),
		"decode tail":        second(Decode(append(Packet{}.Append(nil), 0))),
	} {
		require.ErrorIs(t, err, ErrMalformed, name)
	}
	_, _, err := short(Revalidate, 8).Revalidated()
	require.ErrorIs(t, err, ErrMalformed)
	_, _, err = short(CommitAndActivate, 7).Activation()
	require.ErrorIs(t, err, ErrMalformed)

	for n, want := range map[int]LearnerInfo{
		0:  {AcceptedEpoch: 1, Version: 1, Anonymous: true},
		8:  {AcceptedEpoch: 1, Version: 1},
		12: {AcceptedEpoch: 1},
		24: {AcceptedEpoch: 1},
	} {
		got, err := short(FollowerInfo, n).LearnerInfo()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, "kind 99", Kind(99).String())
	require.Equal(t, "COMMIT 0x100000001 (0 bytes)", Packet{Kind: Commit, Zxid: 1<<32 + 1}.String())
}

func second[T any](_ T, err error) error { return err }

// Whatever the bytes are, reading ends; and what was read is written as bytes that read the same.
func FuzzReader(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.bytes(f))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), Limits{Data: 1 << 20})
		for {
			p, err := r.Next()
			if err != nil {
				if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatal(err)
				}
				return
			}
			again, err := Decode(p.Append(nil))
			require.NoError(t, err)
			require.Equal(t, p.Append(nil), again.Append(nil))
		}
	})
}

// No view panics, whatever the data and the kind are, and what a view takes it writes again.
func FuzzViews(f *testing.F) {
	for _, v := range vectors(f) {
		p, err := Decode(v.bytes(f))
		require.NoError(f, err)
		f.Add(int32(p.Kind), p.Zxid, p.Data)
	}
	f.Fuzz(func(t *testing.T, kind int32, zxid int64, b []byte) {
		p := Packet{Kind: Kind(kind), Zxid: zxid, Data: b}
		if l, err := p.LearnerInfo(); err == nil && !l.Anonymous {
			again, err := l.Packet(p.Kind).LearnerInfo()
			require.NoError(t, err)
			require.Equal(t, l, again)
		}
		if r, err := p.ClientRequest(); err == nil {
			require.True(t, bytes.Equal(b, r.Packet().Data))
		}
		if touches, err := p.Touches(); err == nil {
			require.True(t, bytes.Equal(b, PongPacket(zxid, touches).Data))
		}
		if sid, txn, err := p.Activation(); err == nil {
			require.True(t, bytes.Equal(b, ActivatePacket(p.Kind, zxid, sid, txn).Data))
		}
		_, _ = p.NewEpoch()
		_, _ = p.CurrentEpoch()
		_, _ = p.RevalidateQuery()
		_, _, _ = p.Revalidated()
		_, _ = CheckTxn(zxid, b)
	})
}

func ids(scheme, id string) []data.ID { return []data.ID{{Scheme: scheme, ID: id}} }
