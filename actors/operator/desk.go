package operator

import (
	"cmp"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"troupe/actors/conn"
	"troupe/actors/operator/fourletter"
	"troupe/actors/operator/stats"
	"troupe/internal/version"
	"troupe/tree"
)

// defaultTraceMask is what gtmk tells of a server that nobody told otherwise (ZooTrace).
const defaultTraceMask = 306

// desk is the operator actor, and where the answers' figures come from (fourletter.Source).
type desk struct {
	Options
	addr    netip.AddrPort
	since   int64 // Clock.Millis of the start
	started time.Time
	allowed fourletter.Whitelist
	trace   int64
}

// Serving implements fourletter.Source: without a role there is no desk.
func (d *desk) Serving() bool { return true }

// under runs f with the gate held shared.
func (d *desk) under(f func()) {
	d.Gate.Enter()
	defer d.Gate.Leave()
	f()
}

// alone runs f with the gate held exclusively: nobody changes the watch tables meanwhile.
func (d *desk) alone(f func()) {
	d.Gate.Shut()
	defer d.Gate.Open()
	f()
}

// Server implements fourletter.Source.
func (d *desk) Server() fourletter.ServerStats {
	totals := d.Stats.Read()
	open, limit := stats.OpenFiles()
	locals := d.Tracker.Locals()
	s := fourletter.ServerStats{
		Version: version.String(), Mode: "standalone",
		Latency:  fourletter.Latencies{Min: totals.Latency.Min, Max: totals.Latency.Max, Avg: totals.Latency.Avg()},
		Received: totals.Received, Sent: totals.Sent,
		Outstanding: d.Pipeline.Inside(), UptimeMillis: d.Clock.Millis() - d.since,
		GlobalSessions: d.Tracker.Len() - locals, LocalSessions: locals, OpenFiles: open, MaxFiles: limit,
		Responses: fourletter.NoSizes(), AuthFailed: d.AuthFailed.Load(),
	}
	if m := d.membership(); m != nil {
		s.Mode, s.PeerState, s.Leader = m.Mode, m.State, m.Leader
		if m.State != "" {
			s.QuorumSize = &m.Voters
		}
		if m.Leader != nil {
			none := fourletter.NoSizes()
			s.Proposals = &none
		}
	}
	for _, h := range d.Clients.All() {
		s.Connections++
		if h.Remote().Addr().IsLoopback() {
			s.PlainLocal++
		} else {
			s.PlainRemote++
		}
	}
	d.under(func() {
		t := d.Tree
		s.Zxid, s.Nodes, s.Ephemerals, s.DataSize = t.LastZxid(), t.NodeCount(), t.EphemeralCount(), t.ApproximateDataSize()
		t.EachQuota(func(path string, limits, used tree.Quota) {
			s.Quotas = append(s.Quotas, quotaLine(path, limits, used))
		})
	})
	d.alone(func() { s.Watches = d.Watches.Count() })
	return s
}

// membership is nil standalone.
func (d *desk) membership() *Membership {
	if d.Member == nil {
		return nil
	}
	return d.Member()
}

func quotaLine(path string, limits, used tree.Quota) fourletter.Quota {
	return fourletter.Quota{Namespace: path[1:], CountLimit: limits.Count, CountUsage: used.Count, BytesLimit: limits.Bytes, BytesUsage: used.Bytes}
}

// Connections implements fourletter.Source.
func (d *desk) Connections() []fourletter.ConnStats {
	infos := d.infos()
	all := make([]fourletter.ConnStats, 0, len(infos))
	wall, now := d.Clock.Now().UnixMilli(), d.Clock.Millis()
	for _, i := range infos {
		c := fourletter.ConnStats{Remote: i.Remote, Ops: fourletter.OpsRead, Queued: i.Queued, Received: i.Received, Sent: i.Sent}
		if i.Session != 0 {
			c.Session = &fourletter.ConnSession{
				ID: i.Session, LastOp: fourletter.LastOp(int32(i.LastOp)), EstablishedMillis: i.Established.UnixMilli(), TimeoutMillis: i.Timeout,
				LastCxid: i.LastCxid, LastZxid: i.LastZxid, LastReplyMillis: wall - now + i.LastReply,
				LastLatency: i.LastLatency, MinLatency: i.MinLatency, AvgLatency: i.AvgLatency, MaxLatency: i.MaxLatency,
			}
		} else {
			c.Ops = fourletter.OpsNone
		}
		all = append(all, c)
	}
	return all
}

func (d *desk) infos() (infos []conn.Info) {
	d.under(func() {
		for _, h := range d.Clients.All() {
			infos = append(infos, h.Info())
		}
	})
	slices.SortFunc(infos, func(a, b conn.Info) int { return a.Remote.Compare(b.Remote) })
	return infos
}

// ResetServer implements fourletter.Source.
func (d *desk) ResetServer() { d.Stats.Reset() }

// ResetConnections implements fourletter.Source.
func (d *desk) ResetConnections() {
	for _, h := range d.Clients.All() {
		h.ResetStats()
	}
}

// Configuration implements fourletter.Source.
func (d *desk) Configuration() fourletter.Configuration {
	c := d.Config
	data, log := d.Disk()
	dir, logDir := d.dirs()
	conf := fourletter.Configuration{
		ClientPort: int(d.addr.Port()), SecureClientPort: c.Client.SecurePort, DataDir: dir, DataDirSize: data, LogDir: logDir, LogDirSize: log,
		TickTime: c.Session.TickTime.Milliseconds(), MaxPerAddress: c.Client.MaxPerAddress, MinSessionTimeout: c.Session.MinTimeout.Milliseconds(),
		MaxSessionTimeout: c.Session.MaxTimeout.Milliseconds(), Backlog: c.Client.Backlog, ServerID: d.ServerID,
	}
	if m := d.membership(); m != nil {
		conf.Member = &m.Config
	}
	return conf
}

func (d *desk) dirs() (data, log string) {
	const version = "version-2"
	logDir := cmp.Or(d.Config.Data.LogDir, d.Config.Data.Dir)
	return filepath.Join(d.Config.Data.Dir, version), filepath.Join(logDir, version)
}

// Disk implements fourletter.Source.
func (d *desk) Disk() (data, log int64) {
	dir, logDir := d.dirs()
	return bytesIn(dir), bytesIn(logDir)
}

// bytesIn adds up the files of a directory; what cannot be read counts nothing.
func bytesIn(dir string) (n int64) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			n += info.Size()
		}
	}
	return n
}

// Sessions implements fourletter.Source.
func (d *desk) Sessions() fourletter.SessionDump {
	now := d.Clock.Now()
	dump := fourletter.SessionDump{Location: time.Local}
	for _, b := range d.Tracker.Buckets() {
		dump.Global = append(dump.Global, fourletter.SessionBucket{Expires: now.Add(time.Duration(b.InMillis) * time.Millisecond), IDs: b.IDs})
	}
	d.under(func() { dump.Ephemerals = sessionPaths(d.Tree.EphemeralSessions()) })
	silence := map[time.Time][]fourletter.OpenConn{}
	for _, i := range d.infos() {
		limit := time.Duration(i.Timeout) * time.Millisecond
		if i.Session == 0 {
			limit = d.Config.Client.HandshakeTimeout
		}
		// Apache looks at its connections each ten seconds.
		due := now.Add(limit - time.Duration(i.Silent)*time.Millisecond).Truncate(connBucket).Add(connBucket)
		silence[due] = append(silence[due], fourletter.OpenConn{Remote: i.Remote, Session: i.Session})
	}
	for _, due := range slices.SortedFunc(maps.Keys(silence), time.Time.Compare) {
		dump.Connections = append(dump.Connections, fourletter.ConnBucket{Expires: due, Connections: silence[due]})
	}
	return dump
}

const connBucket = 10 * time.Second

// Environment implements fourletter.Source.
func (d *desk) Environment() []fourletter.Variable { return stats.Environment(version.String()) }

// Digests implements fourletter.Source.
func (d *desk) Digests() (all []fourletter.Digest) {
	d.under(func() {
		for _, z := range d.Tree.DigestLog() {
			all = append(all, fourletter.Digest{Zxid: z.Zxid, Digest: z.Digest})
		}
	})
	return all
}

// TraceMask implements fourletter.Source.
func (d *desk) TraceMask() int64 { return d.trace }

// SetTraceMask implements fourletter.Source. The mask is kept for those who ask; nothing depends on it.
func (d *desk) SetTraceMask(mask int64) { d.trace = mask }

// watched reads who watches what: path -> sessions and session -> paths.
func (d *desk) watched() (byPath map[string][]int64, bySession map[int64][]string, total int) {
	byPath, bySession = map[string][]int64{}, map[int64][]string{}
	d.alone(func() {
		d.Watches.EachData(func(path string, session int64) {
			total++
			byPath[path] = append(byPath[path], session)
			bySession[session] = append(bySession[session], path)
		})
	})
	return byPath, bySession, total
}

// WatchSummary implements fourletter.Source.
func (d *desk) WatchSummary() fourletter.WatchSummary {
	byPath, bySession, total := d.watched()
	return fourletter.WatchSummary{Connections: len(bySession), Paths: len(byPath), Total: total}
}

// WatchesBySession implements fourletter.Source.
func (d *desk) WatchesBySession() (all []fourletter.SessionPaths) {
	_, bySession, _ := d.watched()
	return sessionPaths(bySession)
}

func sessionPaths(m map[int64][]string) (all []fourletter.SessionPaths) {
	for _, id := range slices.Sorted(maps.Keys(m)) {
		paths := m[id]
		slices.Sort(paths)
		all = append(all, fourletter.SessionPaths{Session: id, Paths: paths})
	}
	return all
}

// WatchesByPath implements fourletter.Source.
func (d *desk) WatchesByPath() (all []fourletter.PathSessions) {
	byPath, _, _ := d.watched()
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		all = append(all, fourletter.PathSessions{Path: path, Sessions: byPath[path]})
	}
	return all
}
