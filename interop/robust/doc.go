// Package robust treats a server badly: clients that never read, that send a million requests at once, that
// connect and say nothing, that stop in the middle of a handshake; damaged, full and doubly used directories.
// The server must stay up for everybody else, keep its memory bounded, and end with the documented exit code
// and a message that names the file. It has tests only, behind the build tag interop.
package robust
