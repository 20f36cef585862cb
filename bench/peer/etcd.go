package peer

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"troupe/bench/load"
)

// Etcd is etcd from Debian's package etcd-server.
type Etcd struct{}

var _ Kind = Etcd{}

// ErrNoEtcd says how etcd comes onto the machine.
var ErrNoEtcd = errors.New("peer: etcd is missing: apt-get install etcd-server")

// Name implements Kind.
func (Etcd) Name() string { return "etcd" }

// WarmUp implements Kind.
func (Etcd) WarmUp() time.Duration { return 2 * time.Second }

// Protocol implements Kind.
func (Etcd) Protocol() load.Protocol { return load.Etcd }

// Check implements Kind.
func (Etcd) Check() error {
	if _, err := exec.LookPath("etcd"); err != nil {
		return ErrNoEtcd
	}
	return nil
}

// Command implements Kind. Its defaults, but room for a history that a load makes quickly, and
// errors only in the log.
func (Etcd) Command(o Options) (*exec.Cmd, error) {
	name := func(m Member) string { return fmt.Sprintf("m%d", m.ID) }
	url := func(port int) string { return fmt.Sprintf("http://127.0.0.1:%d", port) }
	var cluster []string
	for _, m := range o.Members {
		if m.Observer {
			return nil, errors.New("peer: etcd has no observers")
		}
		cluster = append(cluster, name(m)+"="+url(m.PeerPort))
	}
	client, between := url(o.Self.ClientPort), url(o.Self.PeerPort)
	return exec.Command("etcd", "--name", name(o.Self), "--data-dir", dataDir(o),
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", between, "--initial-advertise-peer-urls", between,
		"--initial-cluster", strings.Join(cluster, ","),
		"--quota-backend-bytes", "8589934592", "--log-level", "error", "--logger", "zap"), nil
}

// Version implements Kind.
func (Etcd) Version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "etcd", "--version").Output()
	if err != nil {
		return "etcd"
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.ReplaceAll(first, " Version:", "")
}
