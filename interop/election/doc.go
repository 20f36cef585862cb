// Package election lets Troupe's elector and its connections to peers take part in the elections of real Apache
// ZooKeeper servers on loopback: two of them, and this process as the third member, which votes but never leads or
// follows for real. It has tests only, behind the build tag interop.
package election
