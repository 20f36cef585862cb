package fourletter

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// SessionDump is what dump tells: sessions, their ephemeral nodes, and connections.
type SessionDump struct {
	Location    *time.Location  // of the dates; nil: UTC
	Local       []SessionBucket // local sessions; nil: localSessionsEnabled is off
	Global      []SessionBucket // sessions by expiry, on a server that tracks them: standalone, or the leader
	Known       *[]KnownSession // sessions on a learner, which tracks none; nil elsewhere
	Ephemerals  []SessionPaths
	Connections []ConnBucket
}

// SessionBucket is the sessions that expire at one time.
type SessionBucket struct {
	Expires time.Time
	IDs     []int64
}

// KnownSession is a global session as a learner knows it.
type KnownSession struct {
	ID            int64
	TimeoutMillis int32
}

// ConnBucket is the connections that are closed at one time unless they are heard of.
type ConnBucket struct {
	Expires     time.Time
	Connections []OpenConn
}

// OpenConn is a connection and its session, or 0.
type OpenConn struct {
	Remote  netip.AddrPort
	Session int64
}

// SessionPaths are paths that belong to a session: its ephemeral nodes, or those that it watches.
type SessionPaths struct {
	Session int64
	Paths   []string
}

// String is the answer to dump.
func (d SessionDump) String() string {
	var b strings.Builder
	b.WriteString("SessionTracker dump:\n")
	prefix := ""
	if d.Local != nil {
		prefix = "Global "
		d.sets(&b, "Local ", d.Local)
	}
	if d.Known != nil {
		fmt.Fprintf(&b, "Global Sessions(%d):\n", len(*d.Known))
		for _, s := range *d.Known {
			fmt.Fprintf(&b, "0x%x\t%dms\n", uint64(s.ID), s.TimeoutMillis)
		}
	} else {
		d.sets(&b, prefix, d.Global)
	}
	fmt.Fprintf(&b, "ephemeral nodes dump:\nSessions with Ephemerals (%d):\n", len(d.Ephemerals))
	for _, s := range d.Ephemerals {
		fmt.Fprintf(&b, "0x%x:\n", uint64(s.Session))
		for _, path := range s.Paths {
			b.WriteString("\t" + path + "\n")
		}
	}
	open := 0
	for _, bucket := range d.Connections {
		open += len(bucket.Connections)
	}
	fmt.Fprintf(&b, "Connections dump:\nConnections Sets (%d)/(%d):\n", len(d.Connections), open)
	for _, bucket := range d.Connections {
		d.expire(&b, len(bucket.Connections), bucket.Expires)
		for _, c := range bucket.Connections {
			remote := netip.AddrPortFrom(c.Remote.Addr().Unmap(), c.Remote.Port())
			fmt.Fprintf(&b, "\tip: /%s sessionId: 0x%x\n", remote, uint64(c.Session))
		}
	}
	return b.String()
}

func (d SessionDump) sets(b *strings.Builder, prefix string, buckets []SessionBucket) {
	n := 0
	for _, bucket := range buckets {
		n += len(bucket.IDs)
	}
	fmt.Fprintf(b, "%sSession Sets (%d)/(%d):\n", prefix, len(buckets), n)
	for _, bucket := range buckets {
		d.expire(b, len(bucket.IDs), bucket.Expires)
		for _, id := range bucket.IDs {
			fmt.Fprintf(b, "\t0x%x\n", uint64(id))
		}
	}
}

// expire writes the head of a bucket. The date is that of Java's Date.toString.
func (d SessionDump) expire(b *strings.Builder, n int, at time.Time) {
	location := d.Location
	if location == nil {
		location = time.UTC
	}
	fmt.Fprintf(b, "%d expire at %s:\n", n, at.In(location).Format("Mon Jan 02 15:04:05 MST 2006"))
}
