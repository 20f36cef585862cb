//go:build interop

package ensemble

import (
	"bufio"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

// A member that is left alone serves reads to clients that allow for it, Troupe as Apache does.
func TestReadOnly(t *testing.T) {
	peer.Need(t, peer.JavaRuntime, peer.JavaCompiler)
	classes := peer.CompileJava(t, peer.Source("java", "client"), nil)
	forMixes(t, []mix{"att"}, func(t *testing.T, x mix) {
		// Apache's members take new sessions in this mode only as local ones.
		e := lay(t, x, options{direct: true, settings: []string{"localSessionsEnabled=true", "localSessionsUpgradingEnabled=true"}})
		for _, m := range e.members {
			m.properties = append(m.properties, "readonlymode.enabled=true")
		}
		e.start()
		t.Cleanup(e.keep)
		c := connect(t, e.members[0], long)
		ok(t, c, create("/seen", "before"))
		for _, lone := range []*member{e.members[0], e.members[2]} {
			t.Logf("alone is %v", lone)
			of := connect(t, lone, long)
			ok(t, of, wire.CreateReq(wire.OpCreate, "/mortal", nil, wire.OpenACL(), wire.Ephemeral)) // makes it the ensemble's
			for _, m := range e.others(lone) {
				m.Kill()
			}
			await(t, patience, "the one that is alone serves reads", func() bool {
				text, err := peer.FourLetter(lone.address(), "isro", time.Second)
				return err == nil && text == "ro"
			}, e.show)
			lone.servesReads(t, of)
			java := startReadOnly(t, peer.Java(classes, nil, "ReadOnly", lone.address(), "/seen", "before", fmt.Sprintf("/by-%d", lone.id)))
			for _, m := range e.others(lone) {
				m.launch()
			}
			java.passes(t)
			e.awaitFormed()
			back := move(t, of, lone) // the ensemble's session lives
			ok(t, back, wire.VersionReq(wire.OpDelete, "/mortal", -1))
			back.Close()
		}
		e.sameTrees(t)
	})
}

// servesReads checks what a member does that has no quorum.
func (m *member) servesReads(t *testing.T, of *wire.Conn) {
	t.Helper()
	text, err := peer.FourLetter(m.address(), "srvr", time.Second)
	require.NoError(t, err)
	require.Contains(t, text, "\nREAD-ONLY mode; serving only read-only clients\n")
	require.Contains(t, text, "\nMode: read-only\n")
	_, err = open(m, wire.Hello{Timeout: long, Password: make([]byte, 16)}, 5*time.Second)
	require.ErrorIs(t, err, wire.ErrClosed, "%v lets nobody in who does not allow for it", m)

	yes := true
	hello := wire.Hello{Timeout: 10_000, Password: make([]byte, 16), ReadOnly: &yes}
	greet := func(h wire.Hello) (*wire.Conn, wire.Welcome, error) {
		c, err := wire.Dial(m.address())
		require.NoError(t, err)
		t.Cleanup(c.Close)
		w, err := welcome(c, h, 5*time.Second)
		return c, w, err
	}
	global := hello
	global.Session, global.Password = of.Session, of.Passwd
	_, _, err = greet(global)
	require.ErrorIs(t, err, wire.ErrClosed, "%v: whether a session of the ensemble lives is for the leader to say", m)
	over := hello
	over.Session = of.Session + 1000
	over.Password = wire.Password(over.Session)
	_, _, err = greet(over)
	require.ErrorIs(t, err, wire.ErrRefused, "%v: a session of this server that is over", m)

	c, w, err := greet(hello)
	require.NoError(t, err)
	require.NotNil(t, w.ReadOnly)
	require.True(t, *w.ReadOnly)
	acl := wire.OpenACL()
	for i, r := range []wire.Request{
		create("/not", ""), wire.CreateReq(wire.OpCreate2, "/not", nil, acl, wire.Ephemeral), set("/seen", "not"),
		wire.VersionReq(wire.OpDelete, "/seen", -1), wire.VersionReq(wire.OpCheck, "/seen", -1), wire.SetACLReq("/seen", acl, -1),
		wire.PathReq(wire.OpSync, "/seen"),
	} {
		a, err := ask(c, int32(i+1), r, 5*time.Second)
		require.NoError(t, err)
		require.EqualValues(t, -119, a.Err, "%v: %s", m, wire.OpName(r.Op))
		require.Empty(t, a.Body)
		require.Equal(t, m.state().zxid, a.Zxid)
	}
	a, err := ask(c, 50, wire.WatchReq(wire.OpGetData, "/seen", true), 5*time.Second)
	require.NoError(t, err)
	require.Equal(t, "before", string(wire.NewDec(a.Body).Buf()))
	a, err = ask(c, 51, wire.Bare(wire.OpCloseSession), 5*time.Second)
	require.NoError(t, err)
	require.Zero(t, a.Err)
}

// readOnlyClient is the Java program ReadOnly at work.
type readOnlyClient struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// startReadOnly starts it and waits until it has met the member that is alone.
func startReadOnly(t *testing.T, cmd *exec.Cmd) *readOnlyClient {
	t.Helper()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	limit := time.AfterFunc(2*patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { limit.Stop() })
	c := &readOnlyClient{cmd, bufio.NewScanner(out)}
	c.sees(t, "READONLY")
	return c
}

func (c *readOnlyClient) sees(t *testing.T, start string) {
	t.Helper()
	var seen []string
	for c.lines.Scan() {
		seen = append(seen, c.lines.Text())
		if strings.HasPrefix(c.lines.Text(), start) {
			return
		}
	}
	_ = c.cmd.Wait()
	t.Fatalf("the Java client ended (%v) and did not print %s, but:\n%s", c.cmd.ProcessState, start, strings.Join(seen, "\n"))
}

func (c *readOnlyClient) passes(t *testing.T) {
	t.Helper()
	c.sees(t, "OK ")
	require.NoError(t, c.cmd.Wait())
}
