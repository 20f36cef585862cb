package peers

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
)

// What Apache 3.8.0 sent is understood, and what this server sends is byte for byte the same.
func TestHelloOfApache(t *testing.T) {
	text, err := os.ReadFile("testdata/initial.json")
	require.NoError(t, err)
	var file struct {
		Vectors []struct {
			Hex     string
			Decoded struct {
				ProtocolVersion, Sid int64
				Address              string
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &file))
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		b, err := hex.DecodeString(v.Hex)
		require.NoError(t, err)
		r := bytes.NewReader(append(b, "what follows"...))
		h, err := ReadHello(r)
		require.NoError(t, err)
		require.Equal(t, Hello{v.Decoded.Sid, strings.Split(v.Decoded.Address, "|")}, h)
		require.Equal(t, len("what follows"), r.Len())
		require.Equal(t, b, h.Append(nil, v.Decoded.ProtocolVersion == helloV2))
	}
}

// Servers before 3.5 sent their id and nothing else.
func TestHelloBefore35(t *testing.T) {
	h, err := ReadHello(bytes.NewReader(jute.AppendLong(nil, 7)))
	require.NoError(t, err)
	require.Equal(t, Hello{ID: 7}, h)
}

// helloBytes is an initial message with any version, id, claimed length and text.
func helloBytes(version, id int64, size int32, text string) []byte {
	return append(jute.AppendInt(jute.AppendLong(jute.AppendLong(nil, version), id), size), text...)
}

// hostileHellos are initial messages that no server sends, with what is said about them.
func hostileHellos() map[string][]byte {
	const port = "127.0.0.1:1"
	return map[string][]byte{
		"version -1":            helloBytes(-1, 3, 11, port),
		"version -65534":        helloBytes(-65534, 3, 11, port),
		"with 0 bytes":          helloBytes(helloV1, 3, 0, ""),
		"with -1 bytes":         helloBytes(helloV1, 3, -1, port),
		"with 2049 bytes":       helloBytes(helloV1, 3, 2049, strings.Repeat("a", 2049)),
		"with 2147483647 bytes": helloBytes(helloV1, 3, 1<<31-1, port),
		"is not host:port":      helloBytes(helloV1, 3, 9, "127.0.0.1"),
		`":1" is not host:port`: helloBytes(helloV1, 3, 2, ":1"),
		"no port from 1":        helloBytes(helloV1, 3, 7, "h:65536"),
		`"h:0" has no port`:     helloBytes(helloV1, 3, 3, "h:0"),
		`"\xffh:1" is not`:      helloBytes(helloV1, 3, 4, "\xffh:1"),
		`"" is not host:port`:   helloBytes(helloV2, 3, 4, "h:1|"),
		`"h:1|g:2" is not`:      helloBytes(helloV1, 3, 7, "h:1|g:2"),
	}
}

// What no server sends is refused with the reason; a message that ends early is the end of the stream.
func TestReadHelloRefuses(t *testing.T) {
	for reason, b := range hostileHellos() {
		_, err := ReadHello(bytes.NewReader(b))
		var wrong *ProtocolError
		require.ErrorAs(t, err, &wrong, reason)
		require.ErrorContains(t, err, reason)
	}
	whole := helloBytes(helloV1, 3, 3, "h:1")
	for size := range whole {
		_, err := ReadHello(bytes.NewReader(whole[:size]))
		require.True(t, err == io.EOF || err == io.ErrUnexpectedEOF, "%d bytes: %v", size, err)
	}
}

// Any bytes are refused or understood, and what is understood can be said again.
func FuzzReadHello(f *testing.F) {
	for _, b := range hostileHellos() {
		f.Add(b)
	}
	f.Add(helloBytes(helloV2, 3, 7, "h:1|g:2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ReadHello(bytes.NewReader(b))
		if err != nil || len(h.Addresses) == 0 {
			return
		}
		again, err := ReadHello(bytes.NewReader(h.Append(nil, len(h.Addresses) > 1)))
		require.NoError(t, err)
		require.Equal(t, h, again)
	})
}
