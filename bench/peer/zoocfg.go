package peer

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writeConfig writes the zoo.cfg that all servers get alike: ZooKeeper's defaults, but no
// limit on the connections of one address and sessions that outlive a measurement unpinged.
func writeConfig(o Options, port int) (string, error) {
	data := filepath.Join(o.Dir, "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return "", fmt.Errorf("peer: %w", err)
	}
	settings := map[string]string{
		"tickTime":           "2000",
		"dataDir":            data,
		"clientPort":         fmt.Sprint(port),
		"clientPortAddress":  "127.0.0.1",
		"maxClientCnxns":     "0",
		"maxSessionTimeout":  "3600000",
		"admin.enableServer": "false",
	}
	maps.Copy(settings, o.Settings)
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&b, "%s=%s\n", key, settings[key])
	}
	path := filepath.Join(o.Dir, "zoo.cfg")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return "", fmt.Errorf("peer: %w", err)
	}
	return path, nil
}
