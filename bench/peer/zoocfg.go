package peer

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// dataDir is where a server keeps what it stores.
func dataDir(o Options) string { return filepath.Join(o.Dir, "data") }

// writeConfig writes the zoo.cfg that all servers get alike: ZooKeeper's defaults, but no
// limit on the connections of one address and sessions that outlive a measurement unpinged.
// A member of an ensemble gets its myid too.
func writeConfig(o Options) (path string, err error) {
	data := dataDir(o)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return "", fmt.Errorf("peer: %w", err)
	}
	settings := map[string]string{
		"tickTime":           "2000",
		"dataDir":            data,
		"clientPort":         strconv.Itoa(o.Self.ClientPort),
		"clientPortAddress":  "127.0.0.1",
		"maxClientCnxns":     "0",
		"maxSessionTimeout":  "3600000",
		"admin.enableServer": "false",
	}
	if len(o.Members) > 1 {
		settings["initLimit"], settings["syncLimit"] = "10", "5"
		for _, m := range o.Members {
			settings[fmt.Sprintf("server.%d", m.ID)] = m.line()
		}
		if o.Self.Observer {
			settings["peerType"] = "observer"
		}
		if err := os.WriteFile(filepath.Join(data, "myid"), []byte(strconv.Itoa(o.Self.ID)+"\n"), 0o644); err != nil {
			return "", fmt.Errorf("peer: %w", err)
		}
	}
	maps.Copy(settings, o.Settings)
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s=%s\n", key, settings[key])
	}
	path = filepath.Join(o.Dir, "zoo.cfg")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return "", fmt.Errorf("peer: %w", err)
	}
	return path, nil
}

// line is the value of server.ID.
func (m Member) line() string {
	line := fmt.Sprintf("127.0.0.1:%d:%d", m.PeerPort, m.VotePort)
	if m.Observer {
		line += ":observer"
	}
	return line
}
