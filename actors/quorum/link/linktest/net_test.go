package linktest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/actors/quorum/link"
	"troupe/zab/packet"
)

// ears is a handler that remembers what it heard, as words.
type ears struct {
	t        testing.TB
	heard    []string
	closed   error
	snapshot func(r io.Reader) error
	hear     func(l link.Link, ps []packet.Packet)
	busy     bool
}

func (e *ears) Packets(l link.Link, ps []packet.Packet) {
	require.False(e.t, e.busy)
	e.busy = true
	defer func() { e.busy = false }()
	require.NoError(e.t, e.closed)
	require.NotEmpty(e.t, ps)
	for _, p := range ps {
		e.heard = append(e.heard, string(p.Data))
	}
	if e.hear != nil {
		e.hear(l, ps)
	}
}

func (e *ears) Snapshot(_ link.Link, snap packet.Packet, r io.Reader) error {
	require.NoError(e.t, e.closed)
	if e.snapshot != nil {
		return e.snapshot(r)
	}
	b := make([]byte, snap.Zxid)
	n, err := io.ReadFull(r, b)
	e.heard = append(e.heard, fmt.Sprintf("snapshot %s", b[:n]))
	return err
}

func (e *ears) Closed(_ link.Link, err error) {
	require.NoError(e.t, e.closed, "closed twice")
	require.Error(e.t, err)
	e.closed = err
}

func word(s string) packet.Packet { return packet.Packet{Kind: packet.Proposal, Data: []byte(s)} }

// pair is a link between hosts "l", which listens, and "d", which dialed.
type pair struct {
	*Net
	listens, dialed link.Link
	a, b            *ears // of the one that listens, and the other
}

func connect(t testing.TB, o Options) *pair {
	p := &pair{Net: New(o), a: &ears{t: t}, b: &ears{t: t}}
	closer, err := p.Host("l", "l:1", "l:2").Listen([]string{"l:1"}, func(l link.Link) { p.listens = l })
	require.NoError(t, err)
	p.Host("d").Dial([]string{"l:1"}, link.DialOptions{}, func(l link.Link, err error) {
		require.NoError(t, err)
		p.dialed = l
	})
	require.Nil(t, p.dialed)
	p.Run(100)
	require.NotNil(t, p.listens)
	p.listens.Start(p.a)
	p.dialed.Start(p.b)
	require.NoError(t, closer.Close())
	require.Empty(t, p.Flows())
	require.NotEqual(t, p.listens.ID(), p.dialed.ID())
	return p
}

// say sends words, each by itself.
func say(l link.Link, words ...string) {
	for _, w := range words {
		l.Send([]packet.Packet{word(w)})
	}
}

// Nothing moves by itself; in each direction the order is kept.
func TestDelivery(t *testing.T) {
	p := connect(t, Options{Batch: func(n int) int { return min(n, 2) }})
	say(p.listens, "1", "2", "3")
	say(p.dialed, "a")
	require.Empty(t, p.b.heard)
	flows := p.Flows()
	require.Len(t, flows, 2)
	require.Equal(t, "d", flows[0].From())
	require.Equal(t, "l", flows[1].From())
	require.Contains(t, flows[1].String(), "l->d: PROPOSAL 0x0 (1 bytes) and 2 more")
	require.True(t, flows[1].Deliver())
	require.Equal(t, []string{"1", "2"}, p.b.heard)
	require.Equal(t, 2, p.Run(100))
	require.Equal(t, []string{"1", "2", "3"}, p.b.heard)
	require.Equal(t, []string{"a"}, p.a.heard)
	require.False(t, flows[1].Deliver())
}

// What was under way when its sender closes arrives, or a first part of it; then the peer hears the end.
func TestClose(t *testing.T) {
	for survive, want := range [][]string{nil, {"1"}, {"1", "2"}, {"1", "2", "3"}} {
		p := connect(t, Options{Survive: func(n int) int { return min(n, survive) }})
		say(p.dialed, "never read")
		say(p.listens, "1", "2", "3")
		reason := errors.New("enough")
		p.listens.Close(reason)
		require.NoError(t, p.a.closed, "on the caller's stack")
		say(p.listens, "never sent")
		p.Run(100)
		require.Equal(t, want, p.b.heard)
		require.Equal(t, link.ErrPeerClosed, p.b.closed)
		require.Empty(t, p.a.heard)
		require.Equal(t, reason, p.a.closed)
		require.Empty(t, p.flows)
	}
}

// Last words arrive, however little else survives; the link ends when the peer has heard them.
func TestCloseAfterFlush(t *testing.T) {
	p := connect(t, Options{Survive: func(int) int { return 0 }})
	say(p.dialed, "never heard")
	say(p.listens, "1", "2")
	p.listens.CloseAfterFlush()
	say(p.listens, "never sent")
	p.Run(100)
	require.Equal(t, []string{"1", "2"}, p.b.heard)
	require.Equal(t, link.ErrPeerClosed, p.b.closed)
	require.Empty(t, p.a.heard)
	require.Equal(t, link.ErrClosed, p.a.closed)
	require.Empty(t, p.flows)

	p = connect(t, Options{})
	say(p.dialed, "last of d")
	say(p.listens, "last of l")
	p.dialed.CloseAfterFlush()
	p.listens.CloseAfterFlush()
	p.Run(100)
	require.Equal(t, link.ErrClosed, p.a.closed)
	require.Equal(t, link.ErrClosed, p.b.closed)
	require.Empty(t, p.flows)
}

// A cut holds back one direction, and only that; after it all comes in order, the end last.
func TestCuts(t *testing.T) {
	p := connect(t, Options{})
	p.Cut("l", "d")
	say(p.listens, "1", "2")
	say(p.dialed, "a")
	p.Run(100)
	require.Empty(t, p.b.heard)
	require.Equal(t, []string{"a"}, p.a.heard)
	say(p.listens, "3")
	p.listens.Close(nil)
	say(p.dialed, "to nobody")
	p.Run(100)
	require.NoError(t, p.b.closed)
	p.Heal("l", "d")
	p.Run(100)
	require.Equal(t, []string{"1", "2", "3"}, p.b.heard)
	require.Equal(t, link.ErrPeerClosed, p.b.closed)
	require.Equal(t, []string{"a"}, p.a.heard)
	require.Empty(t, p.flows)
}

// A process that is killed says nothing more and hears nothing more; its peers hear the end, its ports are free.
func TestKill(t *testing.T) {
	p := connect(t, Options{})
	_, err := p.Host("l").Listen([]string{"l:1"}, func(link.Link) { t.Fatal("the process is dead") })
	require.NoError(t, err)
	dial := func() (l link.Link, err error) {
		err = errors.New("no answer")
		p.Host("d").Dial([]string{"l:1"}, link.DialOptions{Tries: 1}, func(k link.Link, e error) { l, err = k, e })
		p.Run(100)
		return l, err
	}
	say(p.listens, "1")
	say(p.dialed, "a")
	p.Kill("l")
	p.Run(100)
	require.Equal(t, []string{"1"}, p.b.heard)
	require.Equal(t, link.ErrPeerClosed, p.b.closed)
	require.Empty(t, p.a.heard)
	require.NoError(t, p.a.closed)
	_, err = dial()
	require.ErrorIs(t, err, ErrRefused)
	closer, err := p.Host("l").Listen([]string{"l:1"}, func(link.Link) {})
	require.NoError(t, err)
	again, err := dial()
	require.NoError(t, err)
	require.NoError(t, closer.Close())
	again.Start(&ears{t: t})
	p.Run(100)
	require.Empty(t, p.flows)
}

// Nothing is heard of a machine without power. When it is back, who still sends on an old connection hears that there is
// none; who says nothing does not.
func TestPower(t *testing.T) {
	p := connect(t, Options{SendBound: 1000})
	say(p.listens, "1")
	p.PowerOff("l")
	p.Run(100)
	require.Equal(t, []string{"1"}, p.b.heard)
	require.NoError(t, p.b.closed)
	p.PowerOn("l")
	p.Run(100)
	require.NoError(t, p.b.closed)
	say(p.dialed, "a")
	p.Run(100)
	require.Equal(t, ErrReset, p.b.closed)
	require.Empty(t, p.a.heard)
	require.Empty(t, p.flows)

	p = connect(t, Options{SendBound: 1000})
	p.PowerOff("l")
	for range 100 {
		say(p.dialed, "aaaaaaaaaaaa")
	}
	p.Run(100)
	require.ErrorIs(t, p.b.closed, link.ErrSlow)
	p.PowerOff("d")
	p.PowerOn("l")
	p.PowerOn("d")
	p.Run(100)
	require.Empty(t, p.flows)
}

// A snapshot is made at its turn, while its sender may go on, and arrives between the packets around it.
func TestSnapshot(t *testing.T) {
	state := 0
	p := connect(t, Options{Streaming: func(*Flow) { state++ }})
	stream := func(w io.Writer) error {
		for range 3 {
			if _, err := fmt.Fprint(w, state); err != nil {
				return err
			}
		}
		return nil
	}
	say(p.listens, "1")
	p.listens.SendSnapshot(packet.Packet{Kind: packet.Snap, Zxid: 3}, stream)
	say(p.listens, "2")
	require.Zero(t, state)
	require.Equal(t, 4, p.Run(100))
	require.Equal(t, []string{"1", "snapshot 012", "2"}, p.b.heard)
}

// Snapshots that break off: the sender closes, or fails, or sends none; the reader fails, or does not read all.
func TestBrokenSnapshots(t *testing.T) {
	snap := packet.Packet{Kind: packet.Snap, Zxid: 10}
	whole := func(w io.Writer) error {
		_, err := io.WriteString(w, "0123456789")
		return err
	}
	for name, c := range map[string]struct {
		stream func(w io.Writer) error
		after  int // deliveries before the sender closes; 0: it does not
		tear   int
		read   func(r io.Reader) error
		heard  []string
		a, b   string
	}{
		"closed before it is made": {stream: whole, after: -1, a: "closed here", b: "closed by the other side"},
		"closed before it arrives": {stream: whole, after: 1, tear: 4, heard: []string{"snapshot 0123"}, a: "closed here", b: "unexpected EOF"},
		"closed, and it arrives":   {stream: whole, after: 1, tear: 10, heard: []string{"snapshot 0123456789"}, a: "closed here", b: "closed by the other side"},
		"the stream fails": {stream: func(w io.Writer) error { return errors.Join(whole(w), errors.New("no disk")) }, tear: 9,
			heard: []string{"snapshot 012345678"}, a: "no disk", b: "unexpected EOF"},
		"the reader fails":     {stream: whole, read: func(io.Reader) error { return errors.New("not mine") }, a: "closed by the other side", b: "not mine"},
		"the reader stops":     {stream: whole, read: func(r io.Reader) error { _, err := r.Read(make([]byte, 3)); return err }, a: "closed by the other side", b: "7 bytes of the snapshot were not read"},
		"a SNAP without bytes": {a: "closed by the other side", b: "unexpected EOF", heard: []string{"snapshot "}},
	} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, Options{Tear: func(n int) int { return min(n, c.tear) }})
			p.b.snapshot = c.read
			if c.stream == nil {
				p.listens.Send([]packet.Packet{snap})
			} else {
				p.listens.SendSnapshot(snap, c.stream)
			}
			if c.after != 0 {
				p.Run(max(c.after, 0))
				p.listens.Close(nil)
			}
			p.Run(100)
			require.Equal(t, c.heard, p.b.heard)
			require.ErrorContains(t, p.a.closed, c.a)
			require.ErrorContains(t, p.b.closed, c.b)
			require.Empty(t, p.flows)
		})
	}
}

// What is queued beyond the bound ends the link.
func TestSlow(t *testing.T) {
	p := connect(t, Options{SendBound: 1000})
	p.Cut("l", "d")
	for range 12 {
		say(p.listens, strings.Repeat("x", 80))
	}
	p.Run(100)
	require.ErrorIs(t, p.a.closed, link.ErrSlow)
}

// ticks is a clock that a test advances.
type ticks struct {
	now  time.Duration
	runs []timer
}

type timer struct {
	at time.Duration
	f  func()
}

func (c *ticks) AfterFunc(d time.Duration, f func()) (stop func()) {
	stopped := false
	c.runs = append(c.runs, timer{c.now + d, func() {
		if !stopped {
			f()
		}
	}})
	return func() { stopped = true }
}

// until runs what is due, and delivers all in between.
func (c *ticks) until(n *Net, end time.Duration) {
	for n.Run(1000); ; n.Run(1000) {
		next := -1
		for i, r := range c.runs {
			if r.at <= end && (next < 0 || r.at < c.runs[next].at) {
				next = i
			}
		}
		if next < 0 {
			c.now = end
			return
		}
		r := c.runs[next]
		c.runs = append(c.runs[:next:next], c.runs[next+1:]...)
		c.now = r.at
		r.f()
	}
}

// Dialing tries as often and as long as it is told, at all addresses; the first answer wins.
func TestDial(t *testing.T) {
	for name, c := range map[string]struct {
		addresses []string
		cut       string
		listens   time.Duration
		cancel    time.Duration
		at        time.Duration
		err       error
		text      string
	}{
		"at once":              {addresses: []string{"l:1"}},
		"refused elsewhere":    {addresses: []string{"nobody:1", "l:2", "l:1"}},
		"cut off elsewhere":    {addresses: []string{"x:1", "l:1"}, cut: "x"},
		"a little later":       {addresses: []string{"l:1"}, listens: 150 * time.Millisecond, at: 226 * time.Millisecond},
		"too late":             {addresses: []string{"l:1"}, listens: time.Second, at: 526 * time.Millisecond, err: ErrRefused, text: "cannot connect to l:1: connection refused"},
		"cut off":              {addresses: []string{"l:1"}, cut: "l", at: 20 * time.Second, err: link.ErrConnectLimit},
		"cancelled":            {addresses: []string{"l:1"}, cut: "l", cancel: 3 * time.Second, at: 3 * time.Second, err: link.ErrCancelled},
		"no address":           {err: io.EOF, text: "no address"},
		"cancelled afterwards": {addresses: []string{"l:1"}, cancel: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			clock := &ticks{}
			n := New(Options{Timers: clock})
			n.Host("x", "x:1")
			l := n.Host("l", "l:1", "l:2")
			accepted := &ears{t: t}
			listen := func() {
				_, err := l.Listen([]string{"l:1"}, func(l link.Link) { l.Start(accepted) })
				require.NoError(t, err)
			}
			if c.cut != "" {
				n.Cut("d", c.cut)
			}
			if c.listens > 0 {
				clock.AfterFunc(c.listens, listen)
			} else {
				listen()
			}
			calls, at := 0, time.Duration(0)
			var got link.Link
			var err error
			cancel := n.Host("d").Dial(c.addresses, link.DialOptions{}, func(l link.Link, e error) { calls, at, got, err = calls+1, clock.now, l, e })
			if c.cancel > 0 {
				clock.AfterFunc(c.cancel, cancel)
			}
			require.Zero(t, calls)
			clock.until(n, time.Minute)
			n.HealAll()
			clock.until(n, 2*time.Minute)
			require.Equal(t, 1, calls)
			require.Equal(t, c.at, at)
			if c.err == nil {
				require.NoError(t, err)
				require.Equal(t, "l:1", got.Remote())
				require.NoError(t, accepted.closed)
				return
			}
			require.Nil(t, got)
			require.ErrorContains(t, err, c.text)
			if c.text == "" {
				require.ErrorIs(t, err, c.err)
			}
			require.Empty(t, n.flows)
		})
	}
}

// Links that nobody has started end with the listener; an address can be bound once.
func TestListen(t *testing.T) {
	n := New(Options{})
	h := n.Host("l", "l:1", "l:2")
	var fresh []link.Link
	closer, err := h.Listen([]string{"l:1", "other:1"}, func(l link.Link) { fresh = append(fresh, l) })
	require.NoError(t, err)
	_, err = h.Listen([]string{"l:1"}, nil)
	require.ErrorContains(t, err, "l:1 is in use")
	e := &ears{t: t}
	n.Host("d").Dial([]string{"l:1"}, link.DialOptions{}, func(l link.Link, err error) {
		require.NoError(t, err)
		l.Start(e)
	})
	n.Run(100)
	require.NoError(t, closer.Close())
	n.Run(100)
	require.Equal(t, link.ErrPeerClosed, e.closed)
	late := &ears{t: t}
	fresh[0].Start(late)
	require.NoError(t, late.closed)
	n.Run(100)
	require.Equal(t, link.ErrClosed, late.closed)
	require.Empty(t, n.flows)
}
