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
	a, b, err := p.both(steps, roots)
	if err != nil {
		return verdict{}, err
	}
	if b.err != nil {
		return verdict{diff: "the server under test failed: " + b.err.Error()}, nil
	}
	v := judge(steps, a.trace, b.trace)
	for try := 0; v.diff != "" && try < secondOpinions; try++ {
		// Both play again, so that what one script leaves in the root's stat stays alike.
		a, _, err := p.both(steps, roots)
		if err != nil {
			return verdict{}, err
		}
		if again := judge(steps, a.trace, b.trace); again.diff == "" {
			again.known = append(again.known, "apache answered otherwise in another run")
			return again, nil
		}
	}
	return v, nil
}

// result is what came of playing a script to one server.
type result struct {
	trace [][]string
	err   error
}

// both plays to the two servers at once; that Apache fails is an error.
func (p *pair) both(steps []step, roots []string) (a, b result, err error) {
	done := make(chan result, 1)
	go func() { done <- p.apache.playAndClear(steps, roots) }()
	b = p.target.playAndClear(steps, roots)
	if a = <-done; a.err != nil {
		err = fmt.Errorf("apache: %w", a.err)
	}
	return a, b, err
}

const (
	secondOpinions = 3
	maxShown       = 4 // differing steps that are printed
	maxLines       = 6 // differing lines of each server that are printed for a step
)

func (w *world) playAndClear(steps []step, roots []string) result {
	trace, err := w.play(steps, roots...)
	if err == nil {
		err = w.clear(roots...)
	}
	return result{trace, err}
}

// judge compares two traces of the same steps.
func judge(steps []step, a, b [][]string) verdict {
	var v verdict
	var diff strings.Builder
	shown, more := 0, 0
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
			if names, all := explain(la, lb); all {
				v.known = append(v.known, names...)
				continue
			}
		}
		if shown++; shown > maxShown {
			more++ // often only zxids that an earlier difference has moved
			continue
		}
		fmt.Fprintf(&diff, "%s\n%s", what, lineDiff(la, lb))
	}
	if more > 0 {
		fmt.Fprintf(&diff, "and %d steps more\n", more)
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

// lineDiff shows the lines that only one side has, in order, some of each.
func lineDiff(a, b []string) string {
	var out strings.Builder
	only := func(mark string, l, other []string) {
		left := map[string]int{}
		for _, x := range other {
			left[x]++
		}
		n := 0
		for _, x := range l {
			if left[x] > 0 {
				left[x]--
				continue
			}
			if n++; n <= maxLines {
				fmt.Fprintf(&out, "    %s: %s\n", mark, x)
			}
		}
		if n > maxLines {
			fmt.Fprintf(&out, "    %s: and %d lines more\n", mark, n-maxLines)
		}
	}
	only("apache", a, b)
	only("target", b, a)
	if out.Len() > 0 {
		return out.String()
	}
	for i := range a {
		if a[i] != b[i] {
			return fmt.Sprintf("    the same lines in another order; first at %d\n    apache: %s\n    target: %s\n", i,
				a[i], b[i])
		}
	}
	return ""
}
