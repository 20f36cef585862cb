package fourletter

import (
	"fmt"
	"strconv"
	"strings"

	"troupe/actors/operator/stats"
)

// Metric is a figure of mntr besides the fixed ones: a counter, or a summary of many values.
type Metric struct {
	Name    string // without zk_
	Value   int64  // of a counter
	Summary *Summary
}

// Summary is the least, greatest and average of many values.
type Summary struct {
	Avg                  float64
	Min, Max, Count, Sum int64
	Quantiles            *Quantiles // nil: a basic summary
}

// Quantiles are the values that a share of all values does not exceed.
type Quantiles struct{ P50, P95, P99, P999 int64 }

// monitor writes the lines of mntr.
type monitor struct{ b strings.Builder }

func (m *monitor) text(key, value string) {
	m.b.WriteString("zk_" + key + "\t" + value + "\n")
}

func (m *monitor) number(key string, value int64) { m.text(key, strconv.FormatInt(value, 10)) }

func (m *monitor) count(key string, value int) { m.number(key, int64(value)) }

// Monitor is the answer to mntr: the common keys first, then quotas, then metrics. The order is that of Apache
// 3.8.0, so that a script that reads once with a small buffer finds the same keys in it.
func Monitor(s ServerStats) string {
	var m monitor
	m.text("version", s.Version)
	m.text("server_state", s.Mode)
	if s.PeerState != "" {
		m.text("peer_state", s.PeerState)
	}
	if s.ObserverMasterID != nil {
		m.number("observer_master_id", *s.ObserverMasterID)
	}
	m.gauges(s)
	for _, q := range s.Quotas {
		m.number(q.Namespace+"_quota_bytes_limit_per_namespace", q.BytesLimit)
		m.number(q.Namespace+"_quota_count_usage_per_namespace", q.CountUsage)
		m.number(q.Namespace+"_quota_count_limit_per_namespace", q.CountLimit)
		m.number(q.Namespace+"_quota_bytes_usage_per_namespace", q.BytesUsage)
	}
	for _, metric := range s.Metrics {
		m.metric(metric)
	}
	return m.b.String()
}

// gauges are the keys that every server has, and between them those of a leader.
func (m *monitor) gauges(s ServerStats) {
	leader, proposals := s.Leader, s.Proposals
	m.count("ephemerals_count", s.Ephemerals)
	m.count("num_alive_connections", s.Connections)
	m.text("avg_latency", Decimal(s.Latency.Avg))
	if proposals != nil {
		m.number("min_proposal_size", proposals.Min)
	}
	m.number("outstanding_requests", s.Outstanding)
	m.count("znode_count", s.Nodes)
	m.count("global_sessions", s.GlobalSessions)
	m.number("non_mtls_remote_conn_count", s.PlainRemote)
	m.number("last_client_response_size", s.Responses.Last)
	m.number("packets_sent", s.Sent)
	m.number("packets_received", s.Received)
	if proposals != nil {
		m.number("max_proposal_size", proposals.Max)
	}
	m.number("max_client_response_size", s.Responses.Max)
	if leader != nil {
		m.count("synced_followers", leader.SyncedFollowers)
	}
	m.text("connection_drop_probability", Decimal(s.DropProbability))
	m.count("watch_count", s.Watches)
	if leader != nil {
		m.count("synced_non_voting_followers", leader.SyncedNonVotingFollowers)
		m.count("synced_observers", leader.SyncedObservers)
	}
	if s.ObserverMasterFeeds != nil {
		m.count("synced_observers", *s.ObserverMasterFeeds)
	}
	m.number("auth_failed_count", s.AuthFailed)
	m.number("min_latency", s.Latency.Min)
	if s.MaxFiles >= 0 {
		m.number("max_file_descriptor_count", s.MaxFiles)
	}
	m.number("approximate_data_size", s.DataSize)
	if s.OpenFiles >= 0 {
		m.number("open_file_descriptor_count", s.OpenFiles)
	}
	if proposals != nil {
		m.number("last_proposal_size", proposals.Last)
	}
	if leader != nil {
		m.count("pending_syncs", leader.PendingSyncs)
		m.number("leader_uptime", leader.UptimeMillis)
	}
	m.count("local_sessions", s.LocalSessions)
	m.number("uptime", s.UptimeMillis)
	m.number("max_latency", s.Latency.Max)
	m.number("outstanding_tls_handshake", s.TLSHandshakes)
	if leader != nil {
		m.count("learners", leader.Learners)
	}
	m.number("min_client_response_size", s.Responses.Min)
	m.number("non_mtls_local_conn_count", s.PlainLocal)
	if s.QuorumSize != nil {
		m.count("quorum_size", *s.QuorumSize)
	}
}

func (m *monitor) metric(x Metric) {
	s := x.Summary
	if s == nil {
		m.number(x.Name, x.Value)
		return
	}
	m.text("avg_"+x.Name, Decimal(s.Avg))
	for _, part := range []struct {
		prefix string
		value  int64
	}{{"min_", s.Min}, {"max_", s.Max}, {"cnt_", s.Count}, {"sum_", s.Sum}} {
		m.number(part.prefix+x.Name, part.value)
	}
	if q := s.Quantiles; q != nil {
		for _, part := range []struct {
			prefix string
			value  int64
		}{{"p50_", q.P50}, {"p95_", q.P95}, {"p99_", q.P99}, {"p999_", q.P999}} {
			m.number(part.prefix+x.Name, part.value)
		}
	}
}

// Directories is the answer to dirs, in bytes. (Apache 3.8 exchanges the two, 3.9 does not.)
func Directories(data, log int64) string {
	return fmt.Sprintf("datadir_size: %d\nlogdir_size: %d\n", data, log)
}

// Digest is the digest of the tree after a transaction.
type Digest struct {
	Zxid   int64
	Digest uint64
}

// Digests is the answer to hash. The digest is written as Java's signed long.
func Digests(all []Digest) string {
	var b strings.Builder
	for _, d := range all {
		fmt.Fprintf(&b, "%x: %d\n", uint64(d.Zxid), int64(d.Digest))
	}
	return b.String()
}

// Variable is one line of envi.
type Variable = stats.Variable

// Environment is the answer to envi.
func Environment(all []Variable) string {
	var b strings.Builder
	b.WriteString("Environment:\n")
	for _, v := range all {
		b.WriteString(v.Name + "=" + v.Value + "\n")
	}
	return b.String()
}
