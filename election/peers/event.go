package peers

import (
	"errors"
	"fmt"
)

// Event is something that whoever runs the server may want to read about: one for each connection that ends or
// cannot be made, one for each failed bind.
type Event struct {
	Peer   int64  // server id, if Known
	Known  bool   // the peer has introduced itself, or was dialed
	Remote string // address of the other side, or the own address that cannot be bound
	Err    error
}

// ProtocolError is the end of a connection on which something came that no server sends.
type ProtocolError struct {
	Reason string
}

func (e *ProtocolError) Error() string { return e.Reason }

func protocolErrorf(format string, args ...any) error {
	return &ProtocolError{fmt.Sprintf(format, args...)}
}

// Reasons for which connections end in good order.
var (
	// ErrReplaced ends a connection when a newer one to the same peer takes its place.
	ErrReplaced = errors.New("replaced by a newer connection")
	// ErrStopped ends everything.
	ErrStopped = errors.New("stopped")
	// ErrTimeout ends what took too long.
	ErrTimeout = errors.New("took too long")
)
