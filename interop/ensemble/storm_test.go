//go:build interop

package ensemble

import (
	"cmp"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStorm lets faults of all kinds strike in any order and before the ones before them are over, also so many that
// there is no majority, and then lets the weather clear. SEED draws the same again, as far as processes let it.
func TestStorm(t *testing.T) {
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("SEED"), strconv.FormatInt(time.Now().UnixNano()&0xffffff, 10)), 10, 64)
	require.NoError(t, err)
	limit := cmp.Or(soak(t), 8*time.Second)
	forMixes(t, []mix{"ttt"}, func(t *testing.T, x mix) {
		t.Logf("SEED=%d", seed)
		e := form(t, x, options{})
		clients := load(t, e, allTroupe(x))
		s := &storm{e: e, rng: rand.New(rand.NewPCG(seed, 1)), paused: map[*member]bool{}}
		gusts := 0
		for begin := time.Now(); time.Since(begin) < limit; gusts++ {
			s.gust()
			if gusts%50 == 49 {
				s.clear(t)
				clients.registers.next(t)
			}
		}
		t.Logf("%d gusts", gusts)
		s.clear(t)
		clients.finish(t)
	})
}

type storm struct {
	e      *ensemble
	rng    *rand.Rand
	paused map[*member]bool
}

// gust does one thing, and lets some time pass.
func (s *storm) gust() {
	m := s.e.members[s.rng.IntN(len(s.e.members))]
	other := s.e.others(m)[s.rng.IntN(len(s.e.members)-1)]
	switch s.rng.IntN(9) {
	case 0, 1:
		m.Kill()
		delete(s.paused, m)
		if s.rng.IntN(4) == 0 {
			tear(s.e.t, m)
		}
	case 2:
		m.pause()
		s.paused[m] = true
	case 3:
		s.e.net.cut(hop{m.id, other.id})
	case 4:
		s.e.net.isolate(m)
	case 5:
		s.e.net.forget(m) // connections end, new ones are made
	default: // more often better than worse
		switch {
		case !m.running():
			m.launch()
		case s.paused[m]:
			m.resume()
			delete(s.paused, m)
		default:
			s.e.net.heal()
		}
	}
	<-time.After(time.Duration(s.rng.IntN(400)) * time.Millisecond)
}

// clear ends all that goes on, and waits until everybody is back.
func (s *storm) clear(t *testing.T) {
	t.Helper()
	s.e.net.heal()
	for _, m := range s.e.members {
		if s.paused[m] {
			m.resume()
		}
		if !m.running() {
			m.launch()
		}
	}
	clear(s.paused)
	s.e.awaitFormed()
	s.e.writesGoOn(t, "clear weather")
}

// soak is how long SOAK says; zero if it says nothing.
func soak(t *testing.T) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(cmp.Or(os.Getenv("SOAK"), "0s"))
	require.NoError(t, err)
	return d
}
