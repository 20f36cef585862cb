package peer

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Troupe is a troupe binary, standalone.
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

// Command implements Kind.
func (t Troupe) Command(o Options, port int) (*exec.Cmd, error) {
	config, err := writeConfig(o, port)
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
	return strings.TrimSpace(string(out))
}

// Echo is the floor: package floor's echo, run by a binary that has `bench floor`.
type Echo struct{ Binary string }

var _ Kind = Echo{}

// FloorCommand are the arguments that make the binary an echo; the address follows.
func FloorCommand() []string { return []string{"bench", "floor"} }

// Name implements Kind.
func (Echo) Name() string { return "floor" }

// WarmUp implements Kind.
func (Echo) WarmUp() time.Duration { return time.Second }

// Command implements Kind.
func (e Echo) Command(_ Options, port int) (*exec.Cmd, error) {
	return exec.Command(e.Binary, append(FloorCommand(), fmt.Sprintf("127.0.0.1:%d", port))...), nil
}

// Version implements Kind.
func (Echo) Version(context.Context) string {
	return "a bare gnet server that answers with frames of the same length"
}

// Parse reads a list of what is to be compared: apache, floor, troupe (which is self, this
// binary), or LABEL=PATH for another build of troupe.
func Parse(names []string, self string) ([]Kind, error) {
	var kinds []Kind
	for _, name := range names {
		label, path, other := strings.Cut(name, "=")
		switch {
		case other && label != "" && path != "":
			kinds = append(kinds, Troupe{Label: label, Binary: path})
		case name == "apache":
			kinds = append(kinds, Apache{})
		case name == "floor":
			kinds = append(kinds, Echo{Binary: self})
		case name == "troupe":
			kinds = append(kinds, Troupe{Label: name, Binary: self})
		default:
			return nil, fmt.Errorf("peer: %q is none of apache, troupe, floor, LABEL=PATH", name)
		}
	}
	if len(kinds) == 0 {
		return nil, errors.New("peer: nothing to measure")
	}
	return kinds, nil
}
