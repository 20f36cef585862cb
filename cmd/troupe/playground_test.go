package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// asTroupe makes this test binary behave as troupe itself: the servers of a playground are processes of their own.
const asTroupe = "TROUPE_TEST_IS_TROUPE"

func TestMain(m *testing.M) {
	if os.Getenv(asTroupe) != "" {
		main()
	}
	os.Exit(m.Run())
}

// played is a playground that runs.
type played struct {
	*scene
	t     *testing.T
	ended chan struct{}
	code  int // once ended
}

func play(t *testing.T, args ...string) *played {
	t.Helper()
	t.Setenv(asTroupe, "1")
	p := &played{scene: newScene(), t: t, ended: make(chan struct{})}
	p.echo = time.Second / 2
	go func() {
		p.code = p.run(append([]string{"playground"}, args...))
		close(p.ended)
	}()
	t.Cleanup(p.end)
	return p
}

// sees waits until the output holds a pattern and gives its first group.
func (p *played) sees(pattern string) string {
	p.t.Helper()
	var found []string
	re := regexp.MustCompile("(?m)" + pattern)
	require.Eventually(p.t, func() bool {
		found = re.FindStringSubmatch(p.out.String())
		return found != nil
	}, 20*time.Second, 5*time.Millisecond, "%s is not in the output", pattern)
	return found[len(found)-1]
}

func (p *played) stop() {
	p.t.Helper()
	p.end()
	require.Equal(p.t, 0, p.code, p.err.String())
}

// end stops the playground as Ctrl-C does, if it still runs.
func (p *played) end() {
	select {
	case p.signals <- syscall.SIGINT: // one that has ended does not read it
	case <-p.ended:
	}
	<-p.ended
}

// freeRow draws the first of n ports that are free.
func freeRow(t *testing.T, n int) string {
	t.Helper()
draw:
	for range 100 {
		first := 12000 + rand.IntN(18000)
		for i := range n {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+i))
			if err != nil {
				continue draw
			}
			require.NoError(t, l.Close())
		}
		return strconv.Itoa(first)
	}
	t.Fatal("no free ports found")
	return ""
}

// A playground in real processes: they form an ensemble, one that is killed is told of and not started again, all stop
// together, and the directory goes on where it was.
func TestPlayground(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ensemble")
	p := play(t, "--observers", "1", "--dir", dir, "--port", freeRow(t, 12))
	leader := p.sees(`^===> server (\d) leads, epoch 1$`)
	p.sees(`^===> server 4 observes server ` + leader + `$`)
	p.sees(`^===> server [1-3] follows server ` + leader + `$`)
	p.sees(`^ {3}\d\| .*INF data loaded`)
	require.Len(t, strings.Split(p.sees(`connect with   zkCli.sh -server (\S+)$`), ","), 4)

	pid, err := strconv.Atoi(p.sees(`^  server   ` + leader + `   pid (\d+)`))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	p.sees(`^===> server ` + leader + ` \(pid \d+\) has ended: signal: killed\. To bring it back: \S+ serve ` + dir + `/server\.` + leader + `/zoo\.cfg$`)
	p.sees(`^===> server (\d) leads, epoch 2$`)
	p.stop()
	require.Equal(t, 3, strings.Count(p.out.String(), "has stopped (exit status 0)"))

	again := play(t, "--dir", dir, "--quiet")
	again.sees(`^===> server (\d) leads, epoch 3$`)
	require.NotContains(t, again.out.String(), "INF")
	again.stop()
	require.Equal(t, 4, strings.Count(again.out.String(), "has stopped (exit status 0)"))

	other := play(t, "--dir", dir, "--servers", "5")
	<-other.ended
	require.Equal(t, 2, other.code)
	require.Contains(t, other.err.String(), "there is a playground of 3 servers and 1 observers")
}

// When nobody is left the playground ends, and is not content.
func TestPlaygroundAllEnd(t *testing.T) {
	dir := t.TempDir()
	p := play(t, "--servers", "1", "--dir", dir, "--port", freeRow(t, 3))
	p.sees(`^===> server 1 leads`)
	pid, err := strconv.Atoi(p.sees(`pid (\d+)`))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	<-p.ended
	require.Equal(t, 1, p.code)
	require.Contains(t, p.err.String(), "all servers have ended")
}
