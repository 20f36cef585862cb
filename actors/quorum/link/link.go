package link

import (
	"errors"
	"io"
	"time"

	"troupe/zab/packet"
)

// Why links end, beside what Close was given and what the operating system says.
var (
	// ErrClosed: it was closed here, in good order.
	ErrClosed = errors.New("closed here")
	// ErrPeerClosed: the other side has closed it between two packets.
	ErrPeerClosed = errors.New("closed by the other side")
	// ErrSlow: the other side takes less than is sent. It is synchronised anew when it comes back.
	ErrSlow = errors.New("the other side is too slow: more is queued for it than is allowed")
	// ErrStalled: nothing of a snapshot has moved for Options.Stall.
	ErrStalled = errors.New("the transfer of the snapshot does not go on")
	// ErrCancelled: who dialed does not want the link any more.
	ErrCancelled = errors.New("cancelled")
	// ErrConnectLimit: no connection within DialOptions.Limit.
	ErrConnectLimit = errors.New("no connection in time (initLimit or connectToLearnerMasterLimit)")
)

// Handler hears what comes on a link. It is called by one goroutine at a time, in order, and nothing is read
// meanwhile: a handler that waits holds back its peer.
type Handler interface {
	// Packets brings all that one read brought. The slice and the packets are the handler's.
	Packets(l Link, ps []packet.Packet)
	// Snapshot is called for a SNAP on a link that was dialed, after Packets has brought what was before it; SNAP itself is
	// in no batch. It reads exactly the snapshot from r, which fails with ErrStalled if nothing comes for too long. An
	// error closes the link.
	Snapshot(l Link, snap packet.Packet, r io.Reader) error
	// Closed is the last call: err is the first reason that there was, never nil.
	Closed(l Link, err error)
}

// Link is one connection to a peer. All methods may be called from anywhere, also from a handler and on a link that has
// ended; none waits.
type Link interface {
	// ID is unique in its Network, from 2 on. (1 is the server itself, as owner of sessions.)
	ID() int64
	// Remote is the address of the peer, for logs.
	Remote() string
	// Start begins to read. It must be called once for every link, also to hear that it has ended.
	Start(h Handler)
	// Settle tells that both ends are in step: no snapshot comes or goes on the link any more. It may be served in another way
	// from now on.
	Settle()
	// Send queues packets. The slice may be used again at once; Data and Auth of the packets must not be changed any more.
	Send(ps []packet.Packet)
	// SendSnapshot queues a packet with the stream that follows it. stream runs on the goroutine of the writer when its turn
	// has come, and should write in pieces; an error that it returns closes the link. Not on a link that was settled.
	SendSnapshot(snap packet.Packet, stream func(w io.Writer) error)
	// Close ends the link; what is queued is lost. nil stands for ErrClosed. Handler.Packets is not called any more, but for a
	// call that is under way.
	Close(err error)
	// CloseAfterFlush closes when what is queued has been sent and the peer has closed its side, or after Options.Linger.
	// Nothing of what still comes is handed over.
	CloseAfterFlush()
}

// DialOptions are how long it is tried. The defaults are Apache's, but that there are quick tries before.
type DialOptions struct {
	Tries int           // for each address, not counting the quick ones. 0: 5
	Pause time.Duration // between two tries. 0: 100 ms (leaderConnectDelayDuringRetryMs)
	Limit time.Duration // for all of it. 0: 20 s; tickTime * initLimit, or * connectToLearnerMasterLimit
}

// firstPause is the first one between two tries. It doubles up to DialOptions.Pause, and the tries until then do not
// count: followers often know of the leader's election a few milliseconds before it listens.
const firstPause = 2 * time.Millisecond

// PauseAfter is the pause after so many tries that have failed; false: it is not tried again.
func (o DialOptions) PauseAfter(failures int) (pause time.Duration, again bool) {
	for quick := firstPause; quick < o.Pause; quick *= 2 {
		if failures--; failures == 0 {
			return quick, true
		}
	}
	return o.Pause, failures < o.Tries
}

// OrDefaults fills in what is not set.
func (o DialOptions) OrDefaults() DialOptions {
	if o.Tries <= 0 {
		o.Tries = 5
	}
	if o.Pause <= 0 {
		o.Pause = 100 * time.Millisecond
	}
	if o.Limit <= 0 {
		o.Limit = 20 * time.Second
	}
	return o
}

// Network makes links.
type Network interface {
	// Listen binds the addresses (host:port) of a quorum port. One that can be bound is enough, as in Apache. accept is told of
	// each link, on several goroutines. It goes on until it is closed, whatever accepting fails with. Closing it closes the
	// links that have not been started, also those that accept is still told of.
	Listen(addresses []string, accept func(Link)) (io.Closer, error)
	// Dial connects to one of the addresses of a leader, all tried at the same time; the first one wins. done is called once,
	// not on the caller's stack. cancel ends it early, with ErrCancelled; a link that done was already under way with stands.
	Dial(addresses []string, o DialOptions, done func(Link, error)) (cancel func())
}
