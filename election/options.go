package election

import "time"

// Options of an [Elector].
type Options struct {
	ID int64 // of this server
	// MinInterval is the first wait for votes before they are sent again; each wait is twice the one before, up to
	// MaxInterval. Defaults 200 ms and 60 s (fastleader.minNotificationInterval, maxNotificationInterval).
	MinInterval, MaxInterval time.Duration
	// FinalizeWait is how long nothing better may arrive before a quorum of votes is the decision. Default 200 ms.
	FinalizeWait time.Duration
	// Reconfig lets the elector take over newer configurations from peers (reconfigEnabled).
	Reconfig bool
}

// Default waits of ZooKeeper.
const (
	DefaultMinInterval  = 200 * time.Millisecond
	DefaultMaxInterval  = 60 * time.Second
	DefaultFinalizeWait = 200 * time.Millisecond
)

func (o Options) withDefaults() Options {
	if o.MinInterval <= 0 {
		o.MinInterval = DefaultMinInterval
	}
	if o.MaxInterval <= 0 {
		o.MaxInterval = DefaultMaxInterval
	}
	if o.FinalizeWait <= 0 {
		o.FinalizeWait = DefaultFinalizeWait
	}
	return o
}
