package fourletter

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// parseMntr takes Apache's mntr apart: fixed keys by name, quotas, then all other lines as metrics.
func parseMntr(t *testing.T, s string) ServerStats {
	var order []string
	values := map[string]string{}
	for _, line := range strings.Split(strings.TrimSuffix(s, "\n"), "\n") {
		key, value, ok := strings.Cut(line, "\t")
		require.True(t, ok, line)
		key, ok = strings.CutPrefix(key, "zk_")
		require.True(t, ok, line)
		order = append(order, key)
		values[key] = value
	}
	used := map[string]bool{}
	text := func(key string) string {
		used[key] = true
		return values[key]
	}
	number := func(key string) int64 { return integer(t, text(key)) }
	x := ServerStats{Version: text("version"), Mode: text("server_state"), PeerState: text("peer_state"),
		Latency:  Latencies{Min: number("min_latency"), Avg: float(t, text("avg_latency")), Max: number("max_latency")},
		Received: number("packets_received"), Sent: number("packets_sent"), Connections: int(number("num_alive_connections")),
		Outstanding: number("outstanding_requests"), Nodes: int(number("znode_count")), Ephemerals: int(number("ephemerals_count")),
		Watches: int(number("watch_count")), DataSize: number("approximate_data_size"), GlobalSessions: int(number("global_sessions")),
		LocalSessions: int(number("local_sessions")), UptimeMillis: number("uptime"), OpenFiles: number("open_file_descriptor_count"),
		MaxFiles: number("max_file_descriptor_count"), DropProbability: float(t, text("connection_drop_probability")),
		Responses:     Sizes{number("last_client_response_size"), number("min_client_response_size"), number("max_client_response_size")},
		TLSHandshakes: number("outstanding_tls_handshake"), AuthFailed: number("auth_failed_count"),
		PlainRemote: number("non_mtls_remote_conn_count"), PlainLocal: number("non_mtls_local_conn_count")}
	if values["observer_master_id"] != "" {
		id := number("observer_master_id")
		x.ObserverMasterID = &id
	}
	if values["quorum_size"] != "" {
		n := int(number("quorum_size"))
		x.QuorumSize = &n
	}
	switch {
	case values["learners"] != "":
		x.Proposals = &Sizes{number("last_proposal_size"), number("min_proposal_size"), number("max_proposal_size")}
		x.Leader = &Leader{Learners: int(number("learners")), SyncedFollowers: int(number("synced_followers")),
			SyncedNonVotingFollowers: int(number("synced_non_voting_followers")), SyncedObservers: int(number("synced_observers")),
			PendingSyncs: int(number("pending_syncs")), UptimeMillis: number("leader_uptime")}
	case values["synced_observers"] != "":
		n := int(number("synced_observers"))
		x.ObserverMasterFeeds = &n
	}
	const quota = "_quota_bytes_limit_per_namespace"
	for _, key := range order {
		if ns, ok := strings.CutSuffix(key, quota); ok {
			x.Quotas = append(x.Quotas, Quota{ns, number(ns + "_quota_count_limit_per_namespace"), number(ns + "_quota_count_usage_per_namespace"),
				number(key), number(ns + "_quota_bytes_usage_per_namespace")})
		}
	}
	for _, key := range order {
		name, summary := strings.CutPrefix(key, "avg_")
		switch {
		case used[key]:
		case summary:
			m := Metric{Name: name, Summary: &Summary{Avg: float(t, text(key)), Min: number("min_" + name), Max: number("max_" + name),
				Count: number("cnt_" + name), Sum: number("sum_" + name)}}
			if values["p50_"+name] != "" {
				m.Summary.Quantiles = &Quantiles{number("p50_" + name), number("p95_" + name), number("p99_" + name), number("p999_" + name)}
			}
			x.Metrics = append(x.Metrics, m)
		default:
			x.Metrics = append(x.Metrics, Metric{Name: key, Value: number(key)})
		}
	}
	return x
}

// Old scripts read mntr once with a buffer of 2048 bytes: what they look for must be in it, whatever else there
// is. Each line is one key, one tab, one value.
func TestMonitorCommonKeysComeFirst(t *testing.T) {
	x := ServerStats{Version: "3.8.0-troupe-0.1.0, built on 2026-11-22 12:00 UTC", Mode: "leader", PeerState: "leading - broadcast",
		Proposals: &Sizes{1 << 30, 1 << 30, 1 << 30}, Leader: &Leader{}, Zxid: 1 << 40, Received: 1 << 60, Sent: 1 << 60, DataSize: 1 << 40}
	for range 100 {
		x.Quotas = append(x.Quotas, Quota{Namespace: "someNamespace"})
		x.Metrics = append(x.Metrics, Metric{Name: "some_metric"})
	}
	text := Monitor(x)
	for _, key := range []string{"version", "server_state", "avg_latency", "max_latency", "min_latency", "packets_received", "packets_sent",
		"num_alive_connections", "outstanding_requests", "znode_count", "watch_count", "ephemerals_count", "approximate_data_size",
		"open_file_descriptor_count", "max_file_descriptor_count", "synced_followers", "pending_syncs"} {
		require.Contains(t, text[:2048], "zk_"+key+"\t")
	}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		require.Equal(t, 1, strings.Count(line, "\t"), line)
		require.NotContains(t, line, "\r")
	}
}

// A number of file descriptors that is not known is left out, rather than told as something that it is not.
func TestMonitorUnknownFileDescriptors(t *testing.T) {
	text := Monitor(ServerStats{OpenFiles: -1, MaxFiles: -1})
	require.NotContains(t, text, "file_descriptor")
}
