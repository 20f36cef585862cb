package load

import "time"

// Options of a generator. Zero values stand for what is said with each field.
type Options struct {
	// Address is the server's host:port, or several with commas between them: the connections
	// take turns.
	Address string
	// Protocol is what the server speaks (ZooKeeper's).
	Protocol Protocol
	// Conns is the number of connections, each with a session of its own (1).
	Conns int
	// Depth is how many requests each connection keeps in flight (1).
	Depth int
	// Workers is the number of event loops (1, which is enough for millions of requests a
	// second; more take processor time away from the server).
	Workers int
	// Timeout is the session timeout to ask for (10 minutes: nothing pings meanwhile).
	Timeout time.Duration
	// Width is how many handshakes, and at the end how many ends of sessions, may be under
	// way at once (64).
	Width int
	// Patience is how long opening all sessions may take (60 s).
	Patience time.Duration
	// Farewell is how long the answer to the end of a session is waited for (10 s).
	Farewell time.Duration
	// Resume makes a load outlive its servers: a connection that is lost is dialled again
	// after this pause, at the next address. 0: a lost connection is an error.
	Resume time.Duration
}

func (o Options) withDefaults() Options {
	o.Conns, o.Depth = max(o.Conns, 1), max(o.Depth, 1)
	o.Workers = min(max(o.Workers, 1), o.Conns)
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Minute
	}
	if o.Width <= 0 {
		o.Width = 64
	}
	if o.Patience <= 0 {
		o.Patience = time.Minute
	}
	if o.Farewell <= 0 {
		o.Farewell = 10 * time.Second
	}
	return o
}
