// Package version says which release of Troupe this is, and which ZooKeeper it stands in for. It imports
// nothing of this module.
package version

import (
	"runtime/debug"
	"time"
)

const (
	// Release is the version of Troupe.
	Release = "0.1.0"
	// Compatible is the version of Apache ZooKeeper whose behaviour this release has. Clients and monitoring
	// programs compare with it: taskflow refuses anything below 3.4.0, zktop knows only x.y.z-something.
	Compatible = "3.8.0"
	// releaseDate is told as the time of building by a program that does not know its own.
	releaseDate = "2026-11-22T00:00:00Z"
)

// String is the version as four-letter words and the admin server tell it: 3.8.0-troupe-0.1.0, built on
// 2026-11-22 12:00 UTC. It has Apache's form, so that what takes Apache's apart understands it.
func String() string {
	return Compatible + "-troupe-" + Release + ", built on " + Built().UTC().Format("2006-01-02 15:04 MST")
}

// Built is the time of the commit that the program was built from, or of the release if it was built from no
// repository.
func Built() time.Time {
	for _, text := range []string{setting("vcs.time"), releaseDate} {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// Commit is the commit that the program was built from, with + if there were changes; empty if unknown (go run).
func Commit() string {
	commit := setting("vcs.revision")
	if commit != "" && setting("vcs.modified") == "true" {
		commit += "+"
	}
	return commit
}

func setting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
