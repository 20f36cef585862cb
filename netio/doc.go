// Package netio moves bytes between client sockets and their owners.
//
// It knows frames (a four-byte length before each message) and connections, and nothing of what the frames say.
//
// A connection lives on an event loop: many connections, one goroutine for two cores, no goroutine each. A loop goes round:
// it asks the kernel (epoll) which sockets are ready, gives each of their connections a turn, runs what was queued for it, and
// sleeps when there is nothing to do. An owner that must slow its peer down pauses reading: TCP carries the back-pressure on.
//
//	             Readable, Drained, Closed
//	socket ──► Conn ───────────────────────► Owner        always one at a time, in the connection's turn
//	           ▲  on a Loop
//	           └── Execute(f): run f in the connection's turn, from any goroutine
//
//	engine.go  the loops' life     listen.go  new connections     loop.go  the round     poll.go  system calls
//	conn.go    a connection        input.go   what it received    buffers.go  memory     frame.go frames
package netio
