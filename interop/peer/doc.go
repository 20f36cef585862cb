// Package peer runs the things that Troupe is tested beside, and Troupe itself, as processes on loopback:
// each in a directory of the test's own, on a free port, awaited by polling, ended by its own pid, with its
// log shown when the test fails.
//
// A thing that is not installed is fatal when CI=true and skips the test with the missing package's name
// otherwise (see [Need]): that is the only reason for which an interop test may skip.
package peer
