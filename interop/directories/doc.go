// Package directories checks that Apache ZooKeeper and Troupe open each other's data directories: every kind
// of transaction in the log, snapshots in each compression, after a clean stop and after SIGKILL, there and
// back again, with the whole tree, the sessions and the quotas as they were. It has tests only, behind the
// build tag interop.
package directories
