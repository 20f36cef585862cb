package proto_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/internal/recordtest"
	"troupe/jute/proto"
)

// exchange is a captured request with its reply and the events before it.
type exchange struct {
	Name     string    `json:"name"`
	Request  message   `json:"request"`
	Response message   `json:"response"`
	Events   []message `json:"events"`
}

// message is a frame and what a ZooKeeper client made of it.
type message struct {
	Hex      string `json:"hex"`
	Header   any    `json:"header"`
	Record   string `json:"record"`
	Decoded  any    `json:"decoded"`
	ReadOnly string `json:"readOnly_tail"`
}

func exchanges(t testing.TB) []exchange {
	b, err := os.ReadFile("testdata/client.json")
	require.NoError(t, err)
	var file struct {
		Vectors []exchange `json:"vectors"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	require.NoError(t, d.Decode(&file))
	return file.Vectors
}

// body is the frame without its length; nil where the captured bytes are no whole
// frame, as some hostile requests are not.
func (m message) body(t testing.TB) []byte {
	b, err := hex.DecodeString(m.Hex)
	require.NoError(t, err)
	d := jute.NewDecoder(b)
	if n := d.Int(); int(n) != d.Remaining() || n == 0 {
		return nil
	}
	return d.Rest()
}

// fields are the names and values of a decoded record, nil for anything else.
func (m message) fields() map[string]any {
	f, _ := m.Decoded.(map[string]any)
	return f
}

// recordName is the class of the body; some vectors leave it to be guessed.
func (m message) recordName() string {
	f := m.fields()
	if m.Record != "" || f == nil {
		return m.Record
	}
	if _, ok := f["joiningServers"]; ok {
		return "ReconfigRequest"
	}
	if _, ok := f["stat"]; ok {
		return "GetDataResponse"
	}
	return ""
}

// Every captured message decodes to what a ZooKeeper client saw in it, and encodes
// to the same bytes.
func TestGoldenMessages(t *testing.T) {
	checked := 0
	for _, x := range exchanges(t) {
		t.Run(x.Name, func(t *testing.T) {
			checked += checkMessage(t, x.Request, &proto.RequestHeader{})
			checked += checkMessage(t, x.Response, &proto.ReplyHeader{})
			for _, e := range x.Events {
				e.Record = "WatcherEvent"
				checked += checkMessage(t, e, &proto.ReplyHeader{})
			}
		})
	}
	require.Greater(t, checked, 300, "the vectors were not understood")
}

// checkMessage returns 1 if there was something to check.
func checkMessage(t *testing.T, m message, header jute.Record) int {
	body := m.body(t)
	if body == nil {
		return 0
	}
	d := jute.NewDecoder(body)
	if _, ok := m.fields()["protocolVersion"]; ok {
		checkConnect(t, m, body)
		return 1
	}
	if m.Record == "ConnectResponse" { // to a second createSession, not decoded
		var r proto.ConnectResponse
		readOnly, present := r.DecodeFull(&d)
		require.Equal(t, body, r.AppendFull(nil, readOnly, present))
		return 1
	}
	if m.Header == nil && m.recordName() == "" {
		return 0
	}
	header.Decode(&d)
	if m.Header != nil {
		require.Equal(t, m.Header, recordtest.Of(header))
		require.Equal(t, body[:len(body)-d.Remaining()], header.Append(nil))
	}
	if parts, ok := m.Decoded.([]any); ok {
		checkMulti(t, parts, d.Rest())
		return 1
	}
	if m.recordName() == "" {
		return 1
	}
	r := recordtest.Proto(m.recordName())
	require.NotNil(t, r, m.recordName())
	rest := d.Rest()
	r.Decode(&d)
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	delete(m.fields(), "data_text") // a remark in the vectors
	require.Equal(t, m.Decoded, recordtest.Of(r))
	if bytes.Contains(rest, []byte("\U0001F600")) {
		return 1 // from a client that is not Java, whose bytes for it differ
	}
	require.Equal(t, hex.EncodeToString(rest), hex.EncodeToString(r.Append(nil)))
	return 1
}

// checkConnect looks at a handshake, with or without the byte behind it.
func checkConnect(t *testing.T, m message, body []byte) {
	want := m.fields()
	flag, inRecord := want["readOnly"]
	delete(want, "readOnly")
	if !inRecord {
		flag = m.ReadOnly == "01"
	}
	var r interface {
		jute.Record
		DecodeFull(*jute.Decoder) (readOnly, present bool)
		AppendFull(dst []byte, readOnly, present bool) []byte
	} = &proto.ConnectResponse{}
	if _, ok := want["lastZxidSeen"]; ok {
		r = &proto.ConnectRequest{}
	}
	d := jute.NewDecoder(body)
	readOnly, present := r.DecodeFull(&d)
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	require.Equal(t, want, recordtest.Of(r))
	require.Equal(t, flag != nil, present)
	require.Equal(t, flag == true, readOnly)
	require.Equal(t, body, r.AppendFull(nil, readOnly, present))
}

// checkMulti walks over a multi and writes it again.
func checkMulti(t *testing.T, parts []any, body []byte) {
	m := proto.NewMultiReader(body)
	var again []byte
	for _, p := range parts {
		part := p.(map[string]any)
		header := part["header"].(map[string]any)
		if header["done"] == true { // the end marker of a response
			continue
		}
		require.True(t, m.Next())
		require.Equal(t, header, recordtest.Of(&proto.MultiHeader{Type: int32(m.Op()), Err: int32(m.Code())}))
		name, _ := part["record"].(string)
		if name == "" { // a result without a record
			again = proto.AppendMultiResult(again, m.Op())
			continue
		}
		r := recordtest.Proto(name)
		r.Decode(m.Decoder())
		require.Equal(t, part["decoded"], recordtest.Of(r))
		switch {
		case m.Op() == proto.OpError:
			again = proto.AppendMultiError(again, m.Code())
		case m.Code() == proto.Ok:
			again = r.Append(proto.AppendMultiResult(again, m.Op()))
		default:
			again = proto.AppendMultiOp(again, m.Op(), r)
		}
	}
	require.False(t, m.Next())
	require.NoError(t, m.Err())
	require.Zero(t, m.Decoder().Remaining())
	require.Equal(t, hex.EncodeToString(body), hex.EncodeToString(proto.AppendMultiEnd(again)))
}
