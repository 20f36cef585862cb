package jute

import (
	"errors"
	"fmt"
)

// ErrMalformed is wrapped by every error that a Decoder or an input archive
// reports: the bytes are not a record of the expected type. It is never a
// fault of this process, so the answer is to refuse the one frame or file.
var ErrMalformed = errors.New("malformed jute data")

// DecodeError says where and why the binary form could not be read.
type DecodeError struct {
	// Offset counts bytes from the start of the decoder's input.
	Offset int
	// Reason is a phrase such as "ustring of length 70000, but 20 bytes remain".
	Reason string
}

func (e *DecodeError) Error() string {
	return fmt.Sprintf("jute: offset %d: %s", e.Offset, e.Reason)
}

// Unwrap makes errors.Is(err, ErrMalformed) true.
func (e *DecodeError) Unwrap() error { return ErrMalformed }
