package fourletter

import (
	"fmt"
	"strings"
)

// WatchSummary is what wchs tells. Like wchc and wchp it counts data watches only.
type WatchSummary struct {
	Connections int // that watch something
	Paths       int // that are watched
	Total       int // watches
}

// String is the answer to wchs.
func (w WatchSummary) String() string {
	return fmt.Sprintf("%d connections watching %d paths\nTotal watches:%d\n", w.Connections, w.Paths, w.Total)
}

// PathSessions are the sessions that watch a path.
type PathSessions struct {
	Path     string
	Sessions []int64
}

// WatchesBySession is the answer to wchc.
func WatchesBySession(all []SessionPaths) string {
	var b strings.Builder
	for _, s := range all {
		fmt.Fprintf(&b, "0x%x\n", uint64(s.Session))
		for _, path := range s.Paths {
			b.WriteString("\t" + path + "\n")
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// WatchesByPath is the answer to wchp.
func WatchesByPath(all []PathSessions) string {
	var b strings.Builder
	for _, p := range all {
		b.WriteString(p.Path + "\n")
		for _, id := range p.Sessions {
			fmt.Fprintf(&b, "\t0x%x\n", uint64(id))
		}
	}
	b.WriteByte('\n')
	return b.String()
}
