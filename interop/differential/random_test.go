//go:build interop

package differential

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	defaultSeconds = 40
	shrinkFor      = 60 * time.Second
	maxFailures    = 3
)

// TestRandomSequences plays sequences drawn from seeds. SEED plays one, SECONDS says for how long to draw
// new ones; the first seed of a run is fixed, so that a plain run is the same each time.
func TestRandomSequences(t *testing.T) {
	p := startPair(t, nil, nil)
	if text := os.Getenv("SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		playSeed(t, p, seed)
		return
	}
	seconds := defaultSeconds
	if text := os.Getenv("SECONDS"); text != "" {
		var err error
		seconds, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	first := uint64(1)
	if text := os.Getenv("FIRST_SEED"); text != "" {
		var err error
		first, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	met := map[string]int{}
	seed := first
	for failed, until := 0,
		time.Now().Add(time.Duration(seconds)*time.Second); failed < maxFailures && time.Now().Before(until); seed++ {
		v, ok := playSeed(t, p, seed)
		if !ok {
			failed++
		}
		for _, k := range v.known {
			met[k]++
		}
	}
	t.Logf("played seeds %d to %d; known differences met: %v", first, seed-1, met)
}

// playSeed plays one seed; if it fails, it is shrunk and shown.
func playSeed(t *testing.T, p *pair, seed uint64) (verdict, bool) {
	t.Helper()
	steps, roots := generate(seed)
	v, err := p.compare(steps, roots...)
	require.NoError(t, err, "seed %d", seed)
	if v.diff == "" {
		return v, true
	}
	again := func(s []step) (verdict, bool) {
		v, err := p.compare(s, roots...)
		return v, err == nil && v.diff != ""
	}
	small := shrink(steps, func(s []step) bool { _, bad := again(s); return bad }, time.Now().Add(shrinkFor))
	sv, bad := again(small)
	if !bad {
		small, sv = steps, v // the difference does not come each time: as it was met
	}
	var b strings.Builder
	for i, s := range small {
		fmt.Fprintf(&b, "  %d %v\n", i, s)
	}
	t.Errorf("seed %d (again with SEED=%d), shrunk to %d steps:\n%s%s", seed, seed, len(small), b.String(), sv.diff)
	return v, false
}
