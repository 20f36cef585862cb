package election

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/election/quorum"
	"troupe/jute"
)

// What Apache 3.8.0 sent is understood, and sent again byte for byte; its configurations come back too.
func TestNotificationsOfApache(t *testing.T) {
	text, err := os.ReadFile("testdata/notifications.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Hex     string
			Decoded struct {
				State                                     string
				Leader, ElectionEpoch, PeerEpoch, Version int64
				Zxid, Config                              string
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &file))
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		b, err := hex.DecodeString(v.Hex)
		require.NoError(t, err)
		require.EqualValues(t, len(b)-4, binary.BigEndian.Uint32(b))
		n, err := Decode(b[4:])
		require.NoError(t, err)
		zxid, err := strconv.ParseUint(v.Decoded.Zxid, 0, 64)
		require.NoError(t, err)
		require.Equal(t, v.Decoded.State, n.State.String())
		require.Equal(t, Vote{v.Decoded.Leader, int64(zxid), v.Decoded.ElectionEpoch, v.Decoded.PeerEpoch}, n.Vote)
		require.EqualValues(t, v.Decoded.Version, n.Version)
		require.Equal(t, v.Decoded.Config, n.Config)
		require.Equal(t, b[4:], n.Append(nil))
		c, err := quorum.Parse(n.Config)
		require.NoError(t, err)
		require.Equal(t, n.Config, c.String())
	}
}

// bytesOf writes the fields of a notification one after the other: int32 and int64 in their widths, text as it is.
func bytesOf(fields ...any) []byte {
	var b []byte
	for _, f := range fields {
		switch f := f.(type) {
		case int32:
			b = jute.AppendInt(b, f)
		case int64:
			b = jute.AppendLong(b, f)
		case string:
			b = append(b, f...)
		}
	}
	return b
}

// All formats from 3.4 to 3.9 come in.
func TestDecodeFormats(t *testing.T) {
	ancient := bytesOf(int32(2), int64(3), int64(0x500000007), int64(9))
	vote := Vote{3, 0x500000007, 9, 4}
	for name, x := range map[string]struct {
		bytes []byte
		want  Notification
	}{
		"28 bytes: epoch from zxid":           {ancient, Notification{State: Leading, Vote: Vote{3, 0x500000007, 9, 5}}},
		"40 bytes: version not read":          {append(bytesOf(int32(2), int64(3), int64(0x500000007), int64(9)), bytesOf(int64(4), int32(1))...), Notification{State: Leading, Vote: vote}},
		"44 bytes, version 1":                 {bytesOf(int32(2), int64(3), int64(0x500000007), int64(9), int64(4), int32(1), "more"), Notification{State: Leading, Vote: vote, Version: 1}},
		"version 2":                           {bytesOf(int32(2), int64(3), int64(0x500000007), int64(9), int64(4), int32(2), int32(3), "abc"), Notification{State: Leading, Vote: vote, Version: 2, Config: "abc"}},
		"version 2, more behind it":           {bytesOf(int32(2), int64(3), int64(0x500000007), int64(9), int64(4), int32(2), int32(3), "abcdef"), Notification{State: Leading, Vote: vote, Version: 2, Config: "abc"}},
		"a later version":                     {bytesOf(int32(2), int64(3), int64(0x500000007), int64(9), int64(4), int32(3), int32(0)), Notification{State: Leading, Vote: vote, Version: 3}},
		"bytes that are no UTF-8 (4787)":      {bytesOf(int32(2), int64(3), int64(0x500000007), int64(9), int64(4), int32(2), int32(2), "\xffa"), Notification{State: Leading, Vote: vote, Version: 2, Config: "\uFFFDa"}},
		"unknown state: the rule must see it": {bytesOf(int32(7), int64(3), int64(0x500000007), int64(9), int64(4), int32(1), "more"), Notification{State: 7, Vote: vote, Version: 1}},
		"a negative version is an early one":  {bytesOf(int32(2), int64(3), int64(0x500000007), int64(9), int64(4), int32(-1), "more"), Notification{State: Leading, Vote: vote, Version: -1}},
	} {
		n, err := Decode(x.bytes)
		require.NoError(t, err, name)
		require.Equal(t, x.want, n, name)
	}
}

// What is no notification is refused; nothing is allocated for lengths that are claimed.
func TestDecodeRefuses(t *testing.T) {
	full := bytesOf(int32(0), int64(3), int64(7), int64(9), int64(4), int32(2), int32(0))
	for size := range full {
		if size == sizeAncient || size == size34 {
			continue
		}
		_, err := Decode(full[:size])
		require.ErrorIs(t, err, ErrMalformed, "%d bytes", size)
	}
	for _, claim := range []int32{-1, 1, 100_000, math.MaxInt32, math.MinInt32} {
		_, err := Decode(bytesOf(int32(0), int64(3), int64(7), int64(9), int64(4), int32(2), claim))
		require.ErrorIs(t, err, ErrMalformed)
		require.ErrorContains(t, err, strconv.Itoa(int(claim)))
	}
}

// Every notification that can be said is understood as it was meant.
func TestNotificationProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := Notification{
			State:   State(rapid.Int32Range(0, 3).Draw(t, "state")),
			Vote:    Vote{rapid.Int64().Draw(t, "leader"), rapid.Int64().Draw(t, "zxid"), rapid.Int64().Draw(t, "round"), rapid.Int64().Draw(t, "epoch")},
			Version: FormatVersion,
			Config:  rapid.String().Draw(t, "config"),
		}
		n.Config = strings.ToValidUTF8(n.Config, "\uFFFD")
		back, err := Decode(n.Append(nil))
		require.NoError(t, err)
		require.Equal(t, n, back)
	})
}

// Any bytes are refused or understood, and what is understood keeps its meaning in the current format.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, sizeAncient))
	f.Add(make([]byte, size34))
	f.Add(make([]byte, 44))
	f.Add(bytesOf(int32(0), int64(3), int64(7), int64(9), int64(4), int32(2), int32(4), "serv"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := Decode(b)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		back, err := Decode(n.Append(nil))
		require.NoError(t, err)
		require.Equal(t, n.Vote, back.Vote)
		require.Equal(t, n.State, back.State)
		require.Equal(t, n.Config, back.Config)
	})
}

// States have ZooKeeper's names, unknown ones their number.
func TestStateNames(t *testing.T) {
	require.Equal(t, "OBSERVING", Observing.String())
	require.Equal(t, "state 7", State(7).String())
	require.Equal(t, "state -1", State(-1).String())
}
