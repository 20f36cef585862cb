package peers

import (
	"net"
	"time"

	"troupe/election/quorum"
)

// Options of a [Mesh].
type Options struct {
	ID int64 // of this server
	// Announce are the host:port of this server's election port that peers are told to call back at.
	Announce []string
	// Listen are the host:port to bind; with quorumListenOnAllIPs ":port".
	Listen []string
	// MultiAddress sends initial messages with all of Announce, which servers before 3.6 do not understand.
	MultiAddress bool
	// Committed and LastProposed are where the members are; LastProposed may be nil.
	Committed, LastProposed *quorum.Config

	Network Network // default: TCP
	Clock   Clock   // default: that of the machine

	// ConnectTimeout is how long a connection attempt may take. Default 5 s (cnxTimeout).
	ConnectTimeout time.Duration
	// HandshakeTimeout is how long a peer may take to introduce itself. Default 5 s (quorumCnxnTimeoutMs, which is by
	// default tickTime * syncLimit).
	HandshakeTimeout time.Duration
	// BindRetries is how often a port is tried before the mesh fails; 0: for ever (electionPortBindRetry, there 3).
	BindRetries int
	// BindWait is the time between two tries. Default 1 s.
	BindWait time.Duration
	// BackoffMin is the least time between two attempts to connect to a peer; it doubles with each failure, up to
	// BackoffMax. Defaults 50 ms and 1.6 s.
	BackoffMin, BackoffMax time.Duration
	// Attempts is how many connections may be tried at a time. Default 20 (quorum.cnxn.threads.size).
	Attempts int

	// Authenticate runs after the initial message on every connection, if it is set; initiated tells who dialed.
	// It may only read what belongs to it.
	Authenticate func(c net.Conn, peer int64, initiated bool) error
	// Report is told what happens, if it is set. It is called from many goroutines and must not wait.
	Report func(Event)
	// Heard takes each message of a peer, with the peer's server id, on the goroutine of its connection, and owns the
	// bytes. It must not wait, and bounds what it keeps.
	Heard func(from int64, message []byte)
	// Failed is told that a port could not be bound as often as was allowed: without it the server takes part in no
	// election, so the process should end. It must not wait.
	Failed func(error)
}

func (o Options) withDefaults() Options {
	or := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	or(&o.ConnectTimeout, 5*time.Second)
	or(&o.HandshakeTimeout, 5*time.Second)
	or(&o.BindWait, time.Second)
	or(&o.BackoffMin, 50*time.Millisecond)
	or(&o.BackoffMax, 1600*time.Millisecond)
	if o.Attempts <= 0 {
		o.Attempts = 20
	}
	if o.Network == nil {
		o.Network = TCP{}
	}
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Report == nil {
		o.Report = func(Event) {}
	}
	if o.Heard == nil {
		o.Heard = func(int64, []byte) {}
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	return o
}
