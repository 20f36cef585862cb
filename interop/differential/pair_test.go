//go:build interop

package differential

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/interop/peer"
	"troupe/interop/wire"
)

func TestMain(m *testing.M) {
	code := m.Run()
	peer.Cleanup()
	os.Exit(code)
}

// pair is Apache ZooKeeper and the server under test, set up alike.
type pair struct {
	apache, target *world
}

// common are the settings of both servers: no fsync for speed, hard quotas, a super user, and background
// removal of containers and TTL nodes so rare that no script meets it.
func common(settings, properties []string) peer.Options {
	return peer.Options{
		Settings: slices.Concat([]string{
			"forceSync=no", "enforceQuota=true", "DigestAuthenticationProvider.superDigest=" + superDigest,
		}, settings),
		Properties: slices.Concat([]string{"znode.container.checkIntervalMs=36000000"}, properties),
	}
}

func startPair(t *testing.T, settings, properties []string) *pair {
	t.Helper()
	o := common(settings, properties)
	a, err := newWorld(peer.Start(t, peer.Apache, o))
	require.NoError(t, err)
	b, err := newWorld(peer.Start(t, peer.Target(), o))
	require.NoError(t, err)
	t.Cleanup(func() { a.admin.Close(); b.admin.Close() })
	return &pair{apache: a, target: b}
}

// verdict is what a comparison found.
type verdict struct {
	diff  string   // "" if there is no unexplained difference
	known []string // names of the known differences that were met
}

// compare plays the steps to both servers at once, below the roots, and tidies up. Apache is not always of
// one mind about pipelined requests, since its checks look at a state that other threads change: if the two
// differ, Apache is asked again some times, and whatever it answers in one of its runs is right.
func (p *pair) compare(steps []step, roots ...string) (verdict, error) {
	type result struct {
		trace [][]string
		err   error
	}
	ra := make(chan result, 1)
	go func() {
		trace, err := p.apache.playAndClear(steps, roots)
		ra <- result{trace, err}
	}()
	b, errB := p.target.playAndClear(steps, roots)
	a := <-ra
	if a.err != nil {
		return verdict{}, fmt.Errorf("apache: %w", a.err)
	}
	if errB != nil {
		return verdict{diff: "the server under test failed: " + errB.Error()}, nil
	}
	v := judge(steps, a.trace, b)
	for try := 0; v.diff != "" && try < secondOpinions; try++ {
		trace, err := p.apache.playAndClear(steps, roots)
		if err != nil {
			return verdict{}, fmt.Errorf("apache: %w", err)
		}
		if again := judge(steps, trace, b); again.diff == "" {
			again.known = append(again.known, "apache answered otherwise in another run")
			return again, nil
		}
	}
	return v, nil
}

const secondOpinions = 3

func (w *world) playAndClear(steps []step, roots []string) ([][]string, error) {
	trace, err := w.play(steps, roots...)
	if err == nil {
		err = w.clear(roots...)
	}
	return trace, err
}

// judge compares two traces of the same steps.
func judge(steps []step, a, b [][]string) verdict {
	var v verdict
	var diff strings.Builder
	for i := range a {
		la, lb := a[i], b[i]
		what := "the trees at the end"
		if i < len(steps) {
			what = fmt.Sprintf("step %d: %v", i, steps[i])
			if closesSession(steps[i]) {
				la, lb = sortEvents(la), sortEvents(lb)
			}
		}
		if slices.Equal(la, lb) {
			continue
		}
		if i < len(steps) {
			if k := explain(steps[i], la, lb); k != "" {
				v.known = append(v.known, k)
				continue
			}
		}
		fmt.Fprintf(&diff, "%s\n%s", what, lineDiff(la, lb))
	}
	v.diff = diff.String()
	return v
}

// closesSession says that a step ends sessions: the ephemerals of one go in no defined order.
func closesSession(s step) bool {
	return s.do == await || slices.ContainsFunc(s.calls, func(c call) bool { return c.Op == wire.OpCloseSession })
}

// sortEvents sorts each run of events of one session.
func sortEvents(lines []string) []string {
	lines = slices.Clone(lines)
	isEvent := func(l string) bool { _, rest, _ := strings.Cut(l, ": "); return strings.HasPrefix(rest, "event ") }
	for i := 0; i < len(lines); i++ {
		j := i
		for j < len(lines) && isEvent(lines[j]) && lines[j][:3] == lines[i][:3] {
			j++
		}
		slices.Sort(lines[i:j])
		i = max(i, j-1)
	}
	return lines
}

// lineDiff shows the lines that only one side has, in order.
func lineDiff(a, b []string) string {
	var out strings.Builder
	common := map[string]int{}
	for _, l := range a {
		common[l]++
	}
	var onlyB []string
	for _, l := range b {
		if common[l] > 0 {
			common[l]--
		} else {
			onlyB = append(onlyB, l)
		}
	}
	for _, l := range a {
		if common[l] > 0 {
			common[l]--
			fmt.Fprintf(&out, "    apache: %s\n", l)
		}
	}
	for _, l := range onlyB {
		fmt.Fprintf(&out, "    target: %s\n", l)
	}
	if out.Len() == 0 {
		fmt.Fprintf(&out, "    only the order differs\n    apache: %s\n    target: %s\n", strings.Join(a, "\n            "), strings.Join(b, "\n            "))
	}
	return out.String()
}
