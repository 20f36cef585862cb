package netio

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

func frame(n int32, payload string) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(n)), payload...)
}

// The limit is inclusive; everything outside 0..limit ends the connection, as with Apache.
func TestNextFrame(t *testing.T) {
	for _, c := range []struct {
		name    string
		in      []byte
		payload []byte // nil: incomplete
		n       int
		bad     bool
	}{
		{"nothing", nil, nil, 4, false},
		{"part of a length", []byte{0, 0, 0}, nil, 4, false},
		{"only a length", frame(3, ""), nil, 7, false},
		{"part of a payload", frame(3, "ab"), nil, 7, false},
		{"empty frame", frame(0, ""), []byte{}, 4, false},
		{"whole", frame(3, "abc"), []byte("abc"), 7, false},
		{"whole with more behind", frame(3, "abcdef"), []byte("abc"), 7, false},
		{"at the limit", frame(8, "12345678"), []byte("12345678"), 12, false},
		{"above the limit", frame(9, "123456789"), nil, 0, true},
		{"negative", frame(-1, ""), nil, 0, true},
		{"a word", []byte("GET / HTTP/1.1"), nil, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload, n, err := NextFrame(c.in, 8)
			var bad *FrameError
			if c.bad {
				require.ErrorAs(t, err, &bad)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.payload, payload)
			require.Equal(t, c.n, n)
		})
	}
}

// A frame that is cut off is followed by exactly the rest of the input, whatever that is.
func FuzzNextFrame(f *testing.F) {
	f.Add(frame(3, "abc"), int32(10))
	f.Add([]byte("stat\n"), int32(0xfffff))
	f.Fuzz(func(t *testing.T, in []byte, limit int32) {
		payload, n, err := NextFrame(in, limit)
		switch {
		case err != nil:
			require.Nil(t, payload)
		case payload == nil:
			require.Greater(t, n, len(in))
		default:
			require.LessOrEqual(t, n, len(in))
			require.Equal(t, in[FrameHeader:n], payload)
			require.LessOrEqual(t, len(payload), int(limit))
		}
	})
}
