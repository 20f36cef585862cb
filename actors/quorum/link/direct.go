package link

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"troupe/zab/packet"
)

// maxDirect bounds what is sent on the caller's stack, in bytes: what is more is worth the wake-up.
const maxDirect = 16 << 10

// direct gives packets to the kernel on the stack of whoever sends them, as much as it takes without waiting. The writer's
// goroutine is needed only for what it does not take: waking it costs more than a small write. It is used under conn.mu.
type direct struct {
	socket syscall.RawConn // nil: not a socket of the kernel's
	buf    []byte
	try    func(fd uintptr) bool // one attempt: of buf, with n and err
	n      int
	err    error
}

func newDirect(c net.Conn) *direct {
	d := &direct{}
	if s, ok := c.(*net.TCPConn); ok {
		d.socket, _ = s.SyscallConn()
	}
	d.try = func(fd uintptr) bool {
		d.n, d.err = unix.Write(int(fd), d.buf)
		return true
	}
	return d
}

// send returns what the kernel did not take. It is valid until the next call.
func (d *direct) send(ps []packet.Packet) (rest []byte, err error) {
	d.buf = d.buf[:0]
	for i := range ps {
		d.buf = ps[i].Append(d.buf)
	}
	if err := d.socket.Write(d.try); err != nil {
		return nil, err
	}
	if d.err != nil && !errors.Is(d.err, unix.EAGAIN) && !errors.Is(d.err, unix.EINTR) {
		return nil, d.err
	}
	return d.buf[max(d.n, 0):], nil
}
