package linktest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/actors/quorum/link"
	"troupe/zab/packet"
)

// scene is a random history of two hosts, driven only by what Options.Queued says.
type scene struct {
	t      testing.TB
	chance *rand.Rand
	n      *Net
	due    []*Flow
	ends   []*party
	trace  []string
	dead   map[string]int // how often a process of the host has ended
	now    int
}

// party is an end of a link with what it sent and heard.
type party struct {
	ears
	l       link.Link
	peer    *party
	host    string
	life    int
	sent    []string
	gone    bool // it was closed by its owner
	flushed bool
}

func newScene(t testing.TB, seed uint64) *scene {
	s := &scene{t: t, chance: rand.New(rand.NewPCG(seed, 1)), dead: map[string]int{}}
	s.n = New(Options{
		Queued:    func(f *Flow) { s.due = append(s.due, f) },
		Batch:     func(n int) int { return 1 + s.chance.IntN(n) },
		Survive:   func(n int) int { return s.chance.IntN(n + 1) },
		Tear:      func(n int) int { return s.chance.IntN(n + 1) },
		Streaming: func(*Flow) { s.deliver() },
	})
	for _, name := range []string{"1", "2"} {
		s.n.Host(name, name+":1")
		s.listen(name)
	}
	return s
}

func (s *scene) log(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

func (s *scene) listen(name string) {
	_, err := s.n.Host(name).Listen([]string{name + ":1"}, func(l link.Link) { s.start(name, l) })
	require.NoError(s.t, err)
}

func (s *scene) start(host string, l link.Link) {
	p := &party{ears: ears{t: s.t}, l: l, host: host, life: s.dead[host]}
	for _, q := range s.ends {
		if l.(*end).peer == q.l.(*end) {
			p.peer, q.peer = q, p
		}
	}
	s.ends = append(s.ends, p)
	s.log("start %d at %s", l.ID(), host)
	l.Start(p)
}

// deliver does something of what is due, in any order.
func (s *scene) deliver() {
	if len(s.due) == 0 {
		return
	}
	i := s.chance.IntN(len(s.due))
	f := s.due[i]
	s.due = slices.Delete(s.due, i, i+1)
	s.log("deliver %s", f)
	f.Deliver()
}

func (s *scene) step() {
	hosts := []string{"1", "2"}
	h := hosts[s.chance.IntN(2)]
	other := hosts[2-int(h[0]-'0')]
	switch k := s.chance.IntN(100); {
	case k < 45:
		s.deliver()
	case k < 50:
		s.log("dial %s", h)
		life := s.dead[h]
		cancel := s.n.Host(h).Dial([]string{other + ":1"}, link.DialOptions{}, func(l link.Link, err error) {
			require.Equal(s.t, life, s.dead[h], "a process that is dead is told")
			if err == nil {
				s.start(h, l)
			}
		})
		if s.chance.IntN(4) == 0 {
			cancel()
		}
	case k < 52:
		s.n.Cut(h, other)
		s.log("cut %s", h)
	case k < 57:
		s.n.Heal(h, other)
		s.log("heal %s", h)
	case k < 59:
		s.dead[h]++
		if s.log("end of %s", h); s.chance.IntN(2) == 0 {
			s.n.Kill(h)
		} else {
			s.n.PowerOff(h)
			s.n.PowerOn(h)
		}
		s.listen(h)
	case len(s.ends) > 0:
		if p := s.ends[s.chance.IntN(len(s.ends))]; p.life == s.dead[p.host] {
			s.use(p, k)
		}
	}
}

func (s *scene) use(p *party, k int) {
	s.now++
	text := fmt.Sprint(s.now)
	live := p.closed == nil && !p.gone && !p.l.(*end).closed
	switch {
	case k < 88:
		p.l.Send([]packet.Packet{word(text), word(text + "b")})
		if live {
			p.sent = append(p.sent, text, text+"b")
		}
	case k < 92 && !p.l.(*end).dialed:
		p.l.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: int64(len(text))}, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
		if live {
			p.sent = append(p.sent, "snapshot "+text)
		}
	case k < 94:
		p.l.Close(nil)
		p.gone, p.flushed = true, false
	case k < 96:
		p.l.CloseAfterFlush()
		p.flushed = p.flushed || live
		p.gone = true
	}
}

// settle heals everything, and delivers all that is due.
func (s *scene) settle() {
	s.n.HealAll()
	for i := 0; len(s.due) > 0; i++ {
		require.Less(s.t, i, 100_000)
		s.deliver()
	}
	require.Empty(s.t, s.n.Flows(), "nobody was told of them")
}

// What arrives is the beginning of what was sent; all of it if nothing ended the link, or it ended with last words.
// Whoever started a link hears once that it has ended.
func TestPropertyOrder(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := newScene(t, rapid.Uint64().Draw(r, "seed"))
		for range rapid.IntRange(0, 400).Draw(r, "steps") {
			s.step()
		}
		s.settle()
		for _, p := range s.ends {
			if p.peer == nil {
				continue // the dialing that it came of was given up
			}
			alive := p.life == s.dead[p.host]
			q := p.peer
			heard := q.heard
			if n := len(heard); n > 0 && n <= len(p.sent) && len(heard[n-1]) >= 8 && len(heard[n-1]) < len(p.sent[n-1]) && (q.closed != nil || q.life < s.dead[q.host]) {
				heard = heard[:n-1] // a snapshot that was torn
			}
			require.LessOrEqual(r, len(heard), len(p.sent))
			require.Equal(r, append([]string(nil), p.sent[:len(heard)]...), append([]string(nil), heard...))
			both := alive && q.life == s.dead[q.host]
			if both && !p.gone && !q.gone {
				require.Equal(r, p.sent, heard)
				require.NoError(r, p.closed)
			}
			if both && p.flushed && !q.gone {
				require.Equal(r, p.sent, heard)
			}
			if both && (p.gone || q.gone) {
				require.Error(r, p.closed)
			}
		}
	})
}

// The same seed is the same history.
func TestPropertyDeterminism(t *testing.T) {
	run := func(seed uint64) []string {
		s := newScene(t, seed)
		for range 500 {
			s.step()
		}
		s.settle()
		return s.trace
	}
	for seed := range uint64(20) {
		require.Equal(t, run(seed), run(seed))
	}
}
