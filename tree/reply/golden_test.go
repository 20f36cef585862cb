package reply_test

import (
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree/prep"
	"troupe/tree/reply"
)

// exchanges.json holds what a client said to Apache ZooKeeper 3.8.0 and what that answered, without the length of the
// frames. "standalone" ran with extendedTypesEnabled, "extra" without it, both with enforceQuota.
//
//go:embed testdata/exchanges.json
var exchangesJSON []byte

type exchange struct {
	Name    string
	Request hexBytes
	Reply   hexBytes // none: the server never answered
	Time    int64    // of the transaction, if the reply tells it
	Events  []hexBytes
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func exchanges(t *testing.T, group string) []exchange {
	t.Helper()
	var groups map[string][]exchange
	require.NoError(t, json.Unmarshal(exchangesJSON, &groups))
	require.NotEmpty(t, groups[group])
	return groups[group]
}

// Every reply that Apache gave is given here too, byte for byte but for the order of sets.
func TestGoldenStandalone(t *testing.T) {
	s := newServer(t, prep.Options{ExtendedTypes: true, EnforceQuota: true})
	for _, e := range exchanges(t, "standalone") {
		switch e.Name {
		case "noauth_get", "client_deleteContainer": // from a new connection
			s.forgetIDs()
		}
		s.replay(t, &e)
	}
}

// The same with TTL nodes switched off, and with hard limits.
func TestGoldenExtra(t *testing.T) {
	s := newServer(t, prep.Options{EnforceQuota: true})
	for _, e := range exchanges(t, "extra") {
		if e.Name == "x_quota_set_ok" {
			s.create("/zookeeper/quota/q", "")
			s.now = 1795351299234
			s.create("/q", "")
			s.create("/zookeeper/quota/q/zookeeper_limits", "count=-1,bytes=-1=;byteHardLimit=8;countHardLimit=-1")
			s.create("/zookeeper/quota/q/zookeeper_stats", "")
		}
		s.replay(t, &e)
	}
}

func (s *server) replay(t *testing.T, e *exchange) {
	d := jute.NewDecoder(e.Request)
	d.Int()
	op, body := proto.Op(d.Int()), d.Rest()
	var want proto.ReplyHeader
	rd := jute.NewDecoder(e.Reply)
	if e.Reply != nil {
		want.Decode(&rd)
	}
	wantBody := rd.Rest()

	var code proto.Code
	var got []byte
	switch {
	case op == proto.OpAuth:
		var q proto.AuthPacket
		q.Decode(&d)
		if q.Scheme == "digest" {
			s.auth(q.Scheme, string(q.Auth))
		}
		return
	case op == proto.OpSetWatches || op == proto.OpSetWatches2:
		var events []reply.Event
		events, _, code = reply.EvaluateSetWatches(s.tree, op, body)
		require.Len(t, events, len(e.Events), e.Name)
		for i, ev := range events {
			w := proto.WatcherEvent{Type: int32(ev.Type), State: int32(proto.StateSyncConnected), Path: ev.Path}
			require.Equal(t, []byte(e.Events[i]), w.Append(nil), e.Name)
		}
	case prep.IsWrite(op):
		s.now = e.Time
		if e.Reply != nil {
			s.zxid = want.Zxid - 1
		}
		code, got = s.write(op, body)
	default:
		code, got, _ = s.read(op, body)
	}
	require.Equal(t, proto.Code(want.Err), code, e.Name)
	require.Equal(t, normal(t, op, wantBody), normal(t, op, got), e.Name)
}

// normal brings what is a set into order.
func normal(t *testing.T, op proto.Op, body []byte) any {
	if len(body) == 0 {
		return nil
	}
	d := jute.NewDecoder(body)
	var r jute.Record
	switch op {
	case proto.OpGetChildren, proto.OpGetEphemerals:
		q := &proto.GetChildrenResponse{}
		q.Decode(&d)
		slices.Sort(q.Children)
		r = q
	case proto.OpGetChildren2:
		q := &proto.GetChildren2Response{}
		q.Decode(&d)
		slices.Sort(q.Children)
		r = q
	case proto.OpWhoAmI:
		q := &proto.WhoAmIResponse{}
		q.Decode(&d)
		slices.SortFunc(q.ClientInfo, func(a, b data.ClientInfo) int { return strings.Compare(a.AuthScheme, b.AuthScheme) })
		r = q
	case proto.OpMultiRead:
		var all []any
		m := proto.NewMultiReader(body)
		for m.Next() {
			start := m.Decoder().Remaining()
			rest := m.Decoder().Rest()
			switch m.Op() {
			case proto.OpGetData:
				(&proto.GetDataResponse{}).Decode(m.Decoder())
			case proto.OpGetChildren:
				(&proto.GetChildrenResponse{}).Decode(m.Decoder())
			default:
				require.Equal(t, m.Code(), proto.Code(m.Decoder().Int()))
			}
			all = append(all, m.Op(), m.Code(), normal(t, m.Op(), rest[:start-m.Decoder().Remaining()]))
		}
		require.NoError(t, m.Err())
		return all
	default:
		return body
	}
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	return r
}
