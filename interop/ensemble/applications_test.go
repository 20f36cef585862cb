//go:build interop

package ensemble

import (
	"bufio"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// superDigest is that of super:admin, which the Java program asks for.
const superDigest = "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="

// TestApplications runs Curator's and kazoo's recipes with the addresses of all members: locks, barriers, queues,
// elections and caches whose participants are at different members, of both kinds.
func TestApplications(t *testing.T) {
	peer.Need(t, peer.JavaRuntime, peer.JavaCompiler, peer.Curator, peer.CuratorX, peer.Kazoo)
	jars := []string{"curator-client", "curator-framework", "curator-recipes", "curator-x-discovery", "guava",
		"jackson-core", "jackson-databind", "jackson-annotations"}
	recipes, client := peer.CompileJava(t, peer.Source("java", "recipes"), jars), peer.CompileJava(t, peer.Source("java",
		"client"), nil)
	forMixes(t, []mix{"tat"}, func(t *testing.T, x mix) {
		e := lay(t, x, options{direct: true, settings: []string{"DigestAuthenticationProvider.superDigest=" + superDigest}})
		for _, m := range e.members {
			m.properties = []string{"znode.container.checkIntervalMs=200"}
			m.jvm = []string{"-Dznode.container.checkIntervalMs=200"}
		}
		e.start()
		t.Cleanup(e.keep)
		for name, cmd := range map[string]*exec.Cmd{
			"Curator": peer.Java(recipes, jars, "Recipes", e.addresses()),
			"kazoo":   exec.Command(peer.SystemPy, peer.Source("python", "recipes.py"), e.addresses()),
		} {
			t.Run(name, func(t *testing.T) {
				out := peer.Run(t, cmd, "", 2*time.Minute)
				require.Zero(t, out.Code, "it printed:\n%s", out.All)
				require.Contains(t, out.All, "OK ")
				t.Log(strings.TrimSpace(out.All))
				e.clear(t)
			})
		}
		t.Run("the Java client outlives a leader", func(t *testing.T) { survive(t, e, client) })
		e.sameTrees(t)
	})
}

// clear deletes what a program has left.
func (e *ensemble) clear(t *testing.T) {
	t.Helper()
	c := connect(t, e.leader(), long)
	ok(t, c, wire.AuthReq("digest", []byte("super:admin")), set("/", ""))
	nodes, err := c.Dump("/")
	require.NoError(t, err)
	for _, n := range slices.Backward(nodes) {
		if n.Path != "/" && !strings.HasPrefix(n.Path, "/zookeeper") {
			// Ephemerals and containers may go by themselves meanwhile.
			require.Contains(t, []int32{wire.CodeOK, wire.CodeNoNode}, code(t, c, wire.VersionReq(wire.OpDelete, n.Path, -1)), n.Path)
		}
	}
	ok(t, c, wire.Bare(wire.OpCloseSession))
}

// addresses is the connect string of all members.
func (e *ensemble) addresses() string {
	var all []string
	for _, m := range e.members {
		all = append(all, m.address())
	}
	return strings.Join(all, ",")
}

// survive kills the leader under a Java client: session, ephemeral and watches live on.
func survive(t *testing.T, e *ensemble, classes string) {
	cmd := peer.Java(classes, nil, "Survive", e.leader().address()+","+e.addresses())
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	limit := time.AfterFunc(2*patience, func() { _ = cmd.Process.Kill() })
	defer limit.Stop()
	lines := bufio.NewScanner(out)
	var seen []string
	expect := func(want string) {
		t.Helper()
		for lines.Scan() {
			if seen = append(seen, lines.Text()); strings.HasPrefix(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("%q was never printed, but:\n%s", want, strings.Join(seen, "\n"))
	}
	expect("READY")
	dead := e.leader()
	dead.Kill()
	e.awaitFormed()
	_, err = in.Write([]byte("go on\n"))
	require.NoError(t, err)
	expect("BACK")
	other := connect(t, e.others(dead)[0], long)
	ok(t, other, set("/survive", "x"), create("/survive/later", ""), create("/survive/tree", ""), create("/survive/tree/leaf", ""))
	_, err = in.Write([]byte("go on\n"))
	require.NoError(t, err)
	expect("OK")
	require.NoError(t, cmd.Wait())
	dead.launch()
	e.awaitFormed()
}
