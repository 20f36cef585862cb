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
//   - Damage of what was durable is never passed over, as far as it can be told from what a crash leaves: the start fails
//     with an error that says file, offset and what to do.
//   - After a failed write or sync nothing is known about the disk any more: the error is a *FatalError, the store refuses
//     everything from then on, and the process is expected to end and to read the log again.
//
// # How a torn tail is told from damage
//
// A crash may leave any sectors of the last, unacknowledged batch, so a damaged entry may be followed by sound ones: in
// Apache's format that looks like damage in the middle. Two things tell the one from the other.
//
// The mark: each log file says how far it is known to be durable, in the field dbid of its header, which no reader of the
// format looks at (Apache writes 0 and checks only the magic). It is written behind a sync, after each 64 commits or
// 1 MiB and when a file ends; writing it each time would cost a small commit half as much again. What is damaged before the
// mark was acknowledged: stop.
//
// The signature of a crash: a batch is one write (of at most 4 MiB, or one entry) into zeros, so a sector that did not reach the disk
// reads as zeros from the batch's start on. Beyond the mark an entry that is not whole is torn, and is cut off with what
// follows, if one of its sectors is lost like that, or all is zero from somewhere in it on, or the file ends in it; also where sound
// entries follow, but not further away than one batch reaches. Anything else is damage: stop. So is an entry that is whole but
// for its length. (What this cannot tell: between mark and end, a sector of acknowledged entries that the disk itself has turned into zeros.)
//
// A file without a mark (Apache's, or written with forceSync=no, which promises nothing after a power failure) is judged
// by what follows: sound entries after the damage mean that it was durable.
//
// # Files of the package
//
//	store.go      Open, Append, Commit, Roll, Close: the one door            options.go, errors.go, stats.go
//	logwriter.go  the file that is appended to                               entry.go     an entry's bytes
//	logreader.go  one log file, entry by entry                               tail.go      where and why a log ends
//	logs.go       all log files in order                                     truncate.go  TRUNC
//	load.go       snapshot + replay (kept.go: its last entries)              repair.go    cutting, moving aside
//	snapwriter.go, snapreader.go (snapwindow.go, snapnodes.go), stream.go (compression), snapfile.go (the quick test)
//	snapend.go    how far the parts in a fuzzy snapshot go
//	snapstream.go the snapshot that a leader sends                           replace.go   its tree in place of the own history
//	schedule.go   when a snapshot is due     purge.go     epoch.go     dirs.go  checks and the lock     names.go
//
// It imports the tree, jute and the rule of succession of zab, performs all I/O through package vfs, and takes clock and random source from its options.
package persistence
