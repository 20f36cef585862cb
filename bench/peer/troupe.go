package peer

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"troupe/bench/load"
)

// Troupe is a troupe binary.
type Troupe struct {
	// Label is its name in reports, so that two builds can be told apart.
	Label string
	// Binary is the path of the executable.
	Binary string
}

var _ Kind = Troupe{}

// Name implements Kind.
func (t Troupe) Name() string { return t.Label }

// WarmUp implements Kind: caches, and the heap's size.
func (Troupe) WarmUp() time.Duration { return 2 * time.Second }

// Protocol implements Kind.
func (Troupe) Protocol() load.Protocol { return load.ZooKeeper }

// Check implements Kind.
func (t Troupe) Check() error { return executable(t.Binary) }

// Command implements Kind.
func (t Troupe) Command(o Options) (*exec.Cmd, error) {
	config, err := writeConfig(o)
	if err != nil {
		return nil, err
	}
	return exec.Command(t.Binary, "serve", config), nil
}

// Version implements Kind.
func (t Troupe) Version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, t.Binary, "version").Output()
	if err != nil {
		return t.Binary
	}
	first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return first
}

func executable(path string) error {
	if _, err := exec.LookPath(path); err != nil {
		return fmt.Errorf("peer: %s cannot be run: %w", path, err)
	}
	return nil
}
