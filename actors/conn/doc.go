// Package conn is the actor of one client connection: connection/N.
//
// It runs on its event loop. Its mailbox is drained by the loop that owns the socket, and bytes that
// arrive are handled inline, so it owns its buffers without a lock. Everything happens in turns
// (turn.go): take the gate, drain mailbox and outbox, serve what has arrived, give the gate back, write
// once. Draining before the gate would be a bug: a commit in between could post an event that the
// reads then overtake.
package conn
