// Package persistence keeps the tree on disk: the transaction log and the snapshots, in Apache ZooKeeper's files, both
// ways. A directory that Apache 3.8 wrote opens here, and Apache opens one that was written here.
//
//	<dataDir>/version-2/      snapshot.<hex zxid>[.gz|.snappy]   the whole tree
//	                          currentEpoch, acceptedEpoch        ensembles only
//	                          troupe.lock                        held while a process uses the directory (Apache ignores it)
//	<dataLogDir>/version-2/   log.<hex zxid of its first entry>  the transactions
//	<dataLogDir>/initialize   marker: an empty database may start here
//
// # Promises
//
//   - What Commit has returned for is there after any crash. What was never appended is never there.
//   - Of a batch that a crash interrupted, whole entries from its start may be there, or none.
//   - Damage of what was durable is never passed over: the start fails with an error that says file, offset and what to do.
//   - After a failed write or sync nothing is known about the disk any more: the error is a *FatalError, the store refuses
//     everything from then on, and the process is expected to end and to read the log again.
//
// # How a torn tail is told from damage
//
// A crash may leave any sectors of the last, unacknowledged batch, so a damaged entry may be followed by sound ones: in
// Apache's format that looks like damage in the middle. So each log file says how far it is known to be durable, in the
// field dbid of its header, which no reader of the format looks at (Apache writes 0 and checks only the magic). The
// mark is written after each sync and becomes durable with the next. What is damaged before the mark was acknowledged:
// stop. From the mark on it was not: cut. A file without a mark (Apache's) is judged by what follows: sound
// entries after the damage mean that it was durable.
//
// # Files of the package
//
//	store.go      Open, Append, Commit, Roll, Close: the one door            options.go, errors.go, stats.go
//	logwriter.go  the file that is appended to                               entry.go     an entry's bytes
//	logreader.go  one log file, entry by entry                               tail.go      where and why a log ends
//	logs.go       all log files in order                                     truncate.go  TRUNC
//	load.go       snapshot + replay                                          repair.go    cutting, moving aside
//	snapwriter.go, snapreader.go (snapwindow.go, snapnodes.go), stream.go (compression), snapfile.go (the quick test)
//	schedule.go   when a snapshot is due     purge.go     epoch.go     dirs.go  checks and the lock     names.go
//
// It imports the tree and jute, performs all I/O through package vfs, and takes clock and random source from its options.
package persistence
