// Package netio moves bytes between client sockets and their owners.
//
// It knows frames (a four-byte length before each message) and connections, and nothing of what the
// frames say. It is the only package that imports gnet.
//
// A connection starts on an event loop: many connections, one goroutine a core, no goroutine each.
// gnet cannot stop reading from a socket, so a connection whose owner must slow it down (its peer does
// not read what we send, or sends more than we may queue) is handed over to goroutines of its own
// with the same socket, and lives on there: TCP then carries the back-pressure to the peer. The owner
// does not see the difference.
//
//	             Readable, Drained, Closed
//	socket ──► Conn ───────────────────────► Owner        always one at a time, in the connection's turn
//	           ▲  on a Loop (gnet), later perhaps on a stream (two goroutines)
//	           └── Execute(f): run f in the connection's turn, from any goroutine
package netio
