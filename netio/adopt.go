package netio

import "net/netip"

// Adopt lets a loop serve a socket that was connected elsewhere, and closes it in the end. fd must not block. own is called at once,
// and tells the owner; when the engine has stopped the owner hears Closed.
func (e *Engine) Adopt(fd int, remote netip.AddrPort, own func(*Conn) Owner) {
	c := e.newConn(fd, remote)
	c.owner = own(c)
	c.loop.Execute(func() {
		if c.loop.stopping {
			c.leave(ErrStopped)
			return
		}
		c.endTurn()
	})
}
