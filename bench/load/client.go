package load

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// clientTimeoutMillis is the session timeout that a [Client] asks for.
const clientTimeoutMillis = 60_000

// CodeError is an error code in a reply.
type CodeError int32

func (e CodeError) Error() string {
	return fmt.Sprintf("load: the server answered with error %d", int32(e))
}

// Client sends one request at a time: to prepare a tree, to trigger watches, to find out
// whether a server serves.
type Client struct {
	net net.Conn
	xid uint32
}

// Dial opens a session with the first of the addresses. Everything that the client ever does has to happen within patience.
func Dial(ctx context.Context, address string, patience time.Duration) (*Client, error) {
	address, _, _ = strings.Cut(address, ",")
	d := net.Dialer{Timeout: patience}
	n, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	c := &Client{net: n}
	if err := c.greet(patience); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return c, nil
}

func (c *Client) greet(patience time.Duration) error {
	if err := c.net.SetDeadline(time.Now().Add(patience)); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	reply, err := c.exchange(appendConnect(nil, clientTimeoutMillis, 0, [passwordBytes]byte{}))
	if err != nil {
		return err
	}
	if int32(binary.BigEndian.Uint32(reply[4:])) <= 0 {
		return errors.New("load: session refused")
	}
	return nil
}

// Do sends op with number in its path and returns the body of the reply. An error code is a
// [CodeError], unless allow has it.
func (c *Client) Do(op Op, number int64, allow ...int32) ([]byte, error) {
	frame := slices.Clone(op.frame)
	c.xid++
	binary.BigEndian.PutUint32(frame[xidOffset:], c.xid)
	for i, off := range op.numbers {
		patchNumber(frame[off:], number+int64(i))
	}
	for {
		reply, err := c.exchange(frame)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", op.Name, err)
		}
		if int32(binary.BigEndian.Uint32(reply)) == xidEvent {
			frame = nil // only read on
			continue
		}
		code := int32(binary.BigEndian.Uint32(reply[12:]))
		if code != 0 && !slices.Contains(allow, code) {
			return nil, fmt.Errorf("%s: %w", op.Name, CodeError(code))
		}
		return reply[headerBytes:], nil
	}
}

// Close ends the session.
func (c *Client) Close() error {
	_, err := c.Do(closeSession(), 0)
	return errors.Join(err, c.net.Close())
}

// exchange writes a frame and reads one, of at least a reply's header.
func (c *Client) exchange(frame []byte) ([]byte, error) {
	if _, err := c.net.Write(frame); err != nil {
		return nil, err
	}
	var length [4]byte
	if _, err := io.ReadFull(c.net, length[:]); err != nil {
		return nil, err
	}
	n := int32(binary.BigEndian.Uint32(length[:]))
	if n < headerBytes || n > 64<<20 {
		return nil, fmt.Errorf("load: frame of %d bytes", n)
	}
	reply := make([]byte, n)
	_, err := io.ReadFull(c.net, reply)
	return reply, err
}

// wordTime bounds a four-letter word.
const wordTime = 5 * time.Second

// Word asks a four-letter word of the server at host:port.
func Word(ctx context.Context, address, word string) (answer string, err error) {
	d := net.Dialer{Timeout: wordTime}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("load: %s: %w", word, err)
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.SetDeadline(time.Now().Add(wordTime)); err != nil {
		return "", fmt.Errorf("load: %s: %w", word, err)
	}
	if _, err := io.WriteString(c, word); err != nil {
		return "", fmt.Errorf("load: %s: %w", word, err)
	}
	text, err := io.ReadAll(c)
	if err != nil {
		return "", fmt.Errorf("load: %s: %w", word, err)
	}
	return string(text), nil
}
