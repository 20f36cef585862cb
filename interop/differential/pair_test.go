//go:build interop

package differential

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
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

// pair is Apache ZooKeeper and the server under test, set up alike. The twin is the server under test once more: all
// that is played is played to it too, so it is to say the same to the letter. Apache has none when it is tested itself.
type pair struct {
	apache, target, twin *world
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
	p := &pair{apache: a, target: b}
	if peer.Target() != peer.Apache {
		p.twin, err = newWorld(peer.Start(t, peer.Target(), o))
		require.NoError(t, err)
		t.Cleanup(func() { p.twin.admin.Close() })
	}
	return p
}

// verdict is what a comparison found.
type verdict struct {
	diff  string   // "" if there is no unexplained difference
	known []string // names of the known differences that were met
}

// compare plays the steps to all servers at once, below the roots, and tidies up.
func (p *pair) compare(steps []step, roots ...string) (verdict, error) {
	return decide(steps, func() (run, error) { return p.play(steps, roots) })
}

// decide judges what play gives. Apache's checks look at a state that other threads change, so it is not always of one
// mind about pipelined requests: if it differs from the server under test, all play again, and whatever it answers in
// one of its runs is right. The server under test has no such excuse: in every run it and its twin say the same.
//
// Apache's worst case, since it looks like a reply too many: a multi that fails by an exception of Java's (error -5, as
// for a create with the flags of a TTL) is not rolled back. Until it has been applied, what is pipelined behind it is
// checked against changes that will never be. A create2 of a node that exists then passes, fails when it is applied, and
// gets no reply at all, because a null Stat cannot be encoded ("Destruction averted" in the log). Seed 161 meets it.
func decide(steps []step, play func() (run, error)) (verdict, error) {
	var first verdict
	for opinion := range opinions {
		r, err := play()
		if err != nil {
			return verdict{}, err
		}
		if r.target.err != nil {
			return verdict{diff: "the server under test failed: " + r.target.err.Error()}, nil
		}
		if r.twin != nil {
			if own := judge(steps, r.twin.trace, r.target.trace); own.diff != "" || len(own.known) > 0 {
				return verdict{diff: fmt.Sprintf("the server under test is not of one mind (apache: its twin) %v:\n%s", own.known, own.diff)}, nil
			}
		}
		v := judge(steps, r.apache.trace, r.target.trace)
		if v.diff == "" {
			if opinion > 0 {
				v.known = append(v.known, "apache answered otherwise in another run")
			}
			return v, nil
		}
		if opinion == 0 {
			first = v
		}
	}
	return first, nil
}

// run is what came of playing a script to all servers.
type run struct {
	apache, target result
	twin           *result // nil: there is none
}

// result is what came of playing a script to one server.
type result struct {
	trace [][]string
	err   error
}

// play plays to the servers at once; that Apache or the twin fails is an error.
func (p *pair) play(steps []step, roots []string) (run, error) {
	var r run
	var all sync.WaitGroup
	all.Go(func() { r.apache = p.apache.playAndClear(steps, roots) })
	if p.twin != nil {
		r.twin = new(result)
		all.Go(func() { *r.twin = p.twin.playAndClear(steps, roots) })
	}
	r.target = p.target.playAndClear(steps, roots)
	all.Wait()
	switch {
	case r.apache.err != nil:
		return r, fmt.Errorf("apache: %w", r.apache.err)
	case r.twin != nil && r.twin.err != nil:
		return r, fmt.Errorf("the twin of the server under test: %w", r.twin.err)
	}
	return r, nil
}

const (
	opinions = 9 // that Apache may have
	maxShown = 4 // differing steps that are printed
	maxLines = 6 // differing lines of each server that are printed for a step
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
