//go:build interop

package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
)

// commands is a session of zkCli.sh that uses each of its commands, with and without its options, and makes
// each of its errors.
const commands = `version
ls /
create /a hello
create /a/b world
create -s /a/s- x
create -e /a/e eph
create -c /cont
create -t 3600000 /ttl t
create -s -e /a/se- y
create /a
create /no/parent x
create -c -e /bad
create /acl data digest:bob:ikIaKsbtGweaHnb/jKn7OHqbunM=:cdrwa
get /acl
getAcl /acl
whoami
addauth digest bob:pw
whoami
get /acl
getAcl -s /acl
setAcl /acl world:anyone:r,digest:bob:ikIaKsbtGweaHnb/jKn7OHqbunM=:cdrwa
getAcl /acl
setAcl -R /a world:anyone:cdrwa
setAcl -v 9 /acl world:anyone:r
setAcl /acl nosuch:x:r
ls -s /a
ls -R /
ls /none
get -s /a
stat /a
stat /none
set /a one
set -s /a two
set -v 0 /a three
set -s -v 2 /a three
set /none x
get /none
getAllChildrenNumber /a
getEphemerals /a
getEphemerals
sync /a
setquota -n 5 /a
listquota /a
setquota -b 1000 /a
setquota -N 9 /a
setquota -B 900 /a
listquota /a
delquota -n /a
delquota /a
listquota /a
listquota /none
config
config -s
reconfig -remove 1
reconfig -add server.2=127.0.0.1:1:2;3
removewatches /a
addWatch /a
addWatch -m PERSISTENT /cont
removewatches /a
removewatches /cont
printwatches off
get -w /a
set /a four
ls -w /a
create /a/w x
stat -w /a/w
sync /a
getAllChildrenNumber /
printwatches on
printwatches
delete /a/w
delete -v 5 /a/b
delete /a
delete /none
delete /a/b
deleteall /a
deleteall /none
ls /
nosuchcommand
ls
create
redo 2
history
close
ls /
connect ADDRESS
ls /
quit
`

// TestZkCli plays the same commands to Apache and to the server under test and compares what is printed,
// line by line without regard to order, since errors and results go different ways.
func TestZkCli(t *testing.T) {
	peer.Need(t, peer.ApacheCli, peer.ApacheServer, peer.JavaRuntime)
	if peer.Target() == peer.Apache {
		t.Log("Apache beside Apache: this shows only that the transcript is stable")
	}
	want := transcript(t, startKind(t, peer.Apache))
	got := transcript(t, start(t))
	// That both fail alike is no success.
	for _, line := range []string{
		"Created /a/s-0000000001", "Node already exists: /a", "Node does not exist: /no/parent",
		"version No is not valid : /a",
		"Insufficient permission : /acl", "Sync is OK", "digest: bob", "ephemeralOwner = HEX", "[/a/e, /a/se-0000000003]",
		"Node not empty: /a", "KeeperErrorCode = Reconfig is disabled", "[a, acl, cont, ttl, zookeeper]", "'world,'anyone",
	} {
		if !slices.Contains(want, line) {
			t.Errorf("%q is not in Apache's own transcript:\n%s", line, strings.Join(want, "\n"))
		}
	}
	// Events are printed by another thread, which may be late for "printwatches off" and for the end.
	const deleted = "WatchedEvent state:SyncConnected type:NodeDeleted path:/a/w"
	require.Contains(t, want, deleted)
	require.Contains(t, got, deleted)
	event := func(line string) bool {
		return line == "" || line == "WATCHER::" || strings.HasPrefix(line, "WatchedEvent ")
	}
	want, got = slices.DeleteFunc(want, event), slices.DeleteFunc(got, event)
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
}

var cliMasks = []struct{ from, to string }{
	{`\w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d{4}`, "DATE"},
	{`0x1[0-9a-f]{12,}`, "HEX"},
	{`127\.0\.0\.1:\d+`, "ADDRESS"},
	{`^ephemeralOwner = 0x[0-9a-f]+`, "ephemeralOwner = HEX"},
}

func transcript(t *testing.T, s *peer.Server) []string {
	t.Helper()
	out := peer.Run(t, zkCli(t, s), strings.ReplaceAll(commands, "ADDRESS", s.Addr), time.Minute)
	require.Zero(t, out.Code, out.All)
	var lines []string
	for line := range strings.Lines(out.All) {
		line = strings.TrimRight(line, "\n")
		if inner, ok := strings.CutPrefix(line, "["); ok && strings.HasSuffix(inner,
			"]") { // children and ephemerals come in no order
			names := strings.Split(strings.TrimSuffix(inner, "]"), ", ")
			slices.Sort(names)
			line = "[" + strings.Join(names, ", ") + "]"
		}
		if strings.Contains(line, " ERROR ") || strings.Contains(line, " WARN ") {
			continue // the logger's own lines
		}
		for _, m := range cliMasks {
			line = regexp.MustCompile(m.from).ReplaceAllString(line, m.to)
		}
		lines = append(lines, line)
	}
	return lines
}

// zkCli gives the command of Debian's script, with logs of errors only.
func zkCli(t *testing.T, s *peer.Server, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(peer.ZkCli, append([]string{"-server", s.Addr}, args...)...)
	cmd.Env = append(os.Environ(),
		"JAVA_OPTS=-Dorg.slf4j.simpleLogger.defaultLogLevel=error -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
		"ZOO_LOG_DIR="+t.TempDir(), "HOME="+t.TempDir())
	return cmd
}

// TestZkCliOneShot gives the command as arguments: the exit code tells scripts whether it worked.
func TestZkCliOneShot(t *testing.T) {
	peer.Need(t, peer.ApacheCli, peer.ApacheServer, peer.JavaRuntime)
	s := start(t)
	out := peer.Run(t, zkCli(t, s, "create", "/one", "shot"), "", time.Minute)
	require.Zero(t, out.Code, out.All)
	require.Contains(t, out.All, "Created /one")
	out = peer.Run(t, zkCli(t, s, "get", "/one"), "", time.Minute)
	require.Zero(t, out.Code, out.All)
	require.Contains(t, out.All, "shot\n")
	out = peer.Run(t, zkCli(t, s, "get", "/none"), "", time.Minute)
	require.Equal(t, 1, out.Code, out.All)
	require.Contains(t, out.All, "Node does not exist: /none")
}

// TestStatusScript asks Debian's zkServer.sh, which sends srvr.
func TestStatusScript(t *testing.T) {
	script := filepath.Join(filepath.Dir(peer.ZkCli), "zkServer.sh")
	peer.Need(t, peer.ApacheCli, peer.JavaRuntime, peer.Thing{Package: "zookeeper", Path: script})
	s := start(t)
	dir := t.TempDir()
	_, port, _ := strings.Cut(s.Addr, ":")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "zoo.cfg"),
		[]byte("dataDir="+s.DataDir+"\nclientPort="+port+"\nclientPortAddress=127.0.0.1\n"), 0o644))
	cmd := exec.Command(script, "status", filepath.Join(dir, "zoo.cfg"))
	cmd.Env = append(os.Environ(), "ZOO_LOG_DIR="+dir)
	out := peer.Run(t, cmd, "", time.Minute)
	require.Zero(t, out.Code, out.All)
	require.Contains(t, out.All, "Mode: standalone")
}
