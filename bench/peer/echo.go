package peer

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"troupe/bench/load"
)

// Echo is the floor: package floor's echo, run by a binary that has `bench floor`.
type Echo struct{ Binary string }

var _ Kind = Echo{}

// FloorCommand are the arguments that make the binary an echo; the address follows.
func FloorCommand() []string { return []string{"bench", "floor"} }

// Name implements Kind.
func (Echo) Name() string { return "floor" }

// WarmUp implements Kind.
func (Echo) WarmUp() time.Duration { return time.Second }

// Protocol implements Kind.
func (Echo) Protocol() load.Protocol { return load.ZooKeeper }

// Check implements Kind.
func (e Echo) Check() error { return executable(e.Binary) }

// Command implements Kind.
func (e Echo) Command(o Options) (*exec.Cmd, error) {
	return exec.Command(e.Binary, append(FloorCommand(), fmt.Sprintf("127.0.0.1:%d", o.Self.ClientPort))...), nil
}

// Version implements Kind.
func (Echo) Version(context.Context) string {
	return "a bare gnet server that answers with frames of the same length"
}
