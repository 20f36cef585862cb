package peer

import (
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"
)

// Ports are drawn below the kernel's ephemeral range, so that no client's own port takes one between the
// probe and the server's bind.
const portFrom, portTo = 12000, 31000

// FreePort gives a port of loopback that nobody listened on a moment ago.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := portFrom + rand.IntN(portTo-portFrom)
		l, err := net.Listen("tcp", "127.0.0.1:"+itoa(port))
		if err != nil {
			continue
		}
		_ = l.Close()
		return port
	}
	t.Fatal("no free port found")
	return 0
}

// FourLetter sends the bytes of word as they are and gives all that the server answers until it closes.
func FourLetter(addr, word string, limit time.Duration) (string, error) {
	c, err := net.DialTimeout("tcp", addr, limit)
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(limit))
	if _, err := c.Write([]byte(word)); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}
