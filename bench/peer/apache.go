package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"troupe/bench/load"
)

// Apache is Apache ZooKeeper from Debian's package zookeeper.
type Apache struct {
	// Label is its name in reports.
	Label string
}

var _ Kind = Apache{}

const apacheJar = "/usr/share/java/zookeeper.jar"

// ErrNoApache says how Apache ZooKeeper comes onto the machine.
var ErrNoApache = errors.New("peer: Apache ZooKeeper or Java is missing: apt-get install zookeeper default-jre-headless")

// Name implements Kind.
func (a Apache) Name() string { return a.Label }

// WarmUp implements Kind: the time that the just-in-time compiler takes to settle. After less
// than that, operations per second of processor time were still growing by half.
func (Apache) WarmUp() time.Duration { return 12 * time.Second }

// Protocol implements Kind.
func (Apache) Protocol() load.Protocol { return load.ZooKeeper }

// Check implements Kind.
func (Apache) Check() error {
	if _, err := exec.LookPath("java"); err != nil {
		return ErrNoApache
	}
	if _, err := os.Stat(apacheJar); err != nil {
		return ErrNoApache
	}
	return nil
}

// Command implements Kind. Warnings only: a line of log for each session would be an unfair cost.
func (Apache) Command(o Options) (*exec.Cmd, error) {
	config, err := writeConfig(o)
	if err != nil {
		return nil, err
	}
	return exec.Command("java",
		fmt.Sprintf("-Xmx%dm", max(o.HeapMiB, 256)),
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
		"-cp", strings.Join([]string{o.Dir, apacheJar, "/usr/share/java/slf4j-simple.jar"}, ":"),
		"org.apache.zookeeper.server.quorum.QuorumPeerMain", config), nil
}

// Version implements Kind.
func (Apache) Version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Version}", "zookeeper").Output()
	if err != nil {
		return "Apache ZooKeeper"
	}
	return "Apache ZooKeeper " + strings.TrimSpace(string(out))
}
