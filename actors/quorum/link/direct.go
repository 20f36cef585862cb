package link

import (
	"errors"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"troupe/zab/packet"
)

// maxDirect bounds what is sent on the caller's stack before a link rides on a loop, in bytes: what is more is worth the wake-up.
const maxDirect = 16 << 10

// direct gives packets to the kernel on the stack of whoever sends them, as much as it takes without waiting. The writer's
// goroutine is needed only for what it does not take: waking it costs more than a small write. It is used under conn.mu.
type direct struct {
	socket syscall.RawConn // nil: not a socket of the kernel's
	buf    []byte
	try    func(fd uintptr) bool // one attempt: of buf, with rest and err
	rest   []byte
	err    error
}

func newDirect(c net.Conn) *direct {
	d := &direct{}
	if s, ok := c.(*net.TCPConn); ok {
		d.socket, _ = s.SyscallConn()
	}
	d.try = func(fd uintptr) bool {
		d.rest, d.err = d.write(int(fd))
		return true
	}
	return d
}

// keepDirect bounds the buffer that is used again, in bytes.
const keepDirect = 1 << 20

func (d *direct) encode(ps []packet.Packet) {
	if cap(d.buf) > keepDirect {
		d.buf = nil
	}
	d.buf = d.buf[:0]
	for i := range ps {
		d.buf = ps[i].Append(d.buf)
	}
}

// send returns what the kernel did not take. It is valid until the next call.
func (d *direct) send(ps []packet.Packet) (rest []byte, err error) {
	d.encode(ps)
	if err := d.socket.Write(d.try); err != nil {
		return nil, err
	}
	return d.rest, d.err
}

// write gives the kernel what is encoded.
func (d *direct) write(fd int) (rest []byte, err error) {
	n, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&d.buf[0])), uintptr(len(d.buf)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	switch {
	case e == 0:
		return d.buf[n:], nil
	case errors.Is(e, unix.EAGAIN), errors.Is(e, unix.EINTR):
		return d.buf, nil
	}
	return nil, e
}
