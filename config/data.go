package config

import "time"

// Data says where the server keeps its state on disk and how carefully. Sizes are in bytes.
type Data struct {
	// Dir: directory of snapshots, `myid` and epochs (in its `version-2` folder). [dataDir | default must be set
	// in zoo.cfg]
	Dir string
	// LogDir: directory of the transaction logs (in its `version-2` folder); a disk of its own makes writes
	// faster. [dataLogDir | default dataDir]
	LogDir string
	// AutoCreate: create the `version-2` folders when they are missing; otherwise a missing one stops the start.
	// [datadir.autocreate | -Dzookeeper.datadir.autocreate | default true]
	AutoCreate bool
	// DBAutoCreate: start with an empty tree when there is neither a snapshot nor a log; otherwise only when the
	// marker file `initialize` stands in dataDir. [db.autocreate | -Dzookeeper.db.autocreate | default true]
	DBAutoCreate bool
	// TrustEmptySnapshot: start from transaction logs alone although no snapshot is there; only for moving in from
	// ZooKeeper 3.4. [snapshot.trust.empty | -Dzookeeper.snapshot.trust.empty | default false]
	TrustEmptySnapshot bool
	// SnapCount: a snapshot is due after between half and all of this number of transactions, drawn anew each
	// time. [snapCount | -Dzookeeper.snapCount | default 100000 | transactions]
	SnapCount int
	// SnapSizeLimit: a snapshot is due after between half and all of this amount of log, drawn anew each time; 0
	// or less: never by size. [snapSizeLimitInKb | -Dzookeeper.snapSizeLimitInKb | default 4194304 | KiB]
	SnapSizeLimit int64
	// TxnLogSizeLimit: a log file that has grown beyond this is closed and a new one begun; 0 or less: only when a
	// snapshot begins. [txnLogSizeLimitInKb | -Dzookeeper.txnLogSizeLimitInKb | default -1 | KiB]
	TxnLogSizeLimit int64
	// PreAllocSize: log files grow by blocks of this size, so that a flush need not write file metadata.
	// [preAllocSize | -Dzookeeper.preAllocSize | default 65536 | KiB]
	PreAllocSize int64
	// ForceSync: `no` acknowledges writes before they are on disk: they can be lost when the machine stops.
	// [forceSync | -Dzookeeper.forceSync | default yes]
	ForceSync bool
	// FsyncWarning: a flush of the log that takes longer is logged as a warning. [fsync.warningthresholdms |
	// -Dzookeeper.fsync.warningthresholdms | default 1000 | ms]
	FsyncWarning time.Duration
	// SnapshotCompression: how snapshots are written: empty (plain), `gz` or `snappy`; all three are always read.
	// [snapshot.compression.method | -Dzookeeper.snapshot.compression.method | default empty]
	SnapshotCompression Compression
	// SerializeLastZxid: write the last processed zxid at the end of a snapshot (ZooKeeper 3.9).
	// [serializeLastProcessedZxid.enabled | -Dzookeeper.serializeLastProcessedZxid.enabled | default true]
	SerializeLastZxid bool
	// Digest: keep a digest of the whole tree, write it to logs and snapshots and compare it when they are read.
	// [digest.enabled | -Dzookeeper.digest.enabled | default true]
	Digest bool
	// AcceptLoss: when the log is damaged, or a file of it missing, start all the same with what stands before that; the rest
	// is kept in `lost.*` files. Set it for one start only, after reading what the refused start says. Troupe's own key.
	// [log.acceptLoss | default false]
	AcceptLoss bool
	// PurgeRetain: number of newest snapshots (with their logs) that purging keeps; at least 3.
	// [autopurge.snapRetainCount | default 3 | snapshots]
	PurgeRetain int
	// PurgeInterval: purge at start and then at this interval; 0: never. A suffix ms, s, m, h or d changes the
	// unit. [autopurge.purgeInterval | default 0 | hours]
	PurgeInterval time.Duration
}

// dataKeys is the part of the table of keys that fills Data.
func dataKeys() []Key {
	return []Key{
		{Name: "dataDir", Origin: FromFile, Derived: "must be set in zoo.cfg",
			parse: text(func(c *Config) *string { return &c.Data.Dir }),
			Doc:   "directory of snapshots, `myid` and epochs (in its `version-2` folder)"},
		{Name: "dataLogDir", Origin: FromFile, Derived: "dataDir",
			parse: text(func(c *Config) *string { return &c.Data.LogDir }),
			Doc:   "directory of the transaction logs (in its `version-2` folder); a disk of its own makes writes faster"},
		{Name: "datadir.autocreate", Origin: FromProperty, Default: "true",
			parse: lenient(func(c *Config) *bool { return &c.Data.AutoCreate }),
			Doc:   "create the `version-2` folders when they are missing; otherwise a missing one stops the start"},
		{Name: "db.autocreate", Origin: FromProperty, Default: "true",
			parse: lenient(func(c *Config) *bool { return &c.Data.DBAutoCreate }),
			Doc:   "start with an empty tree when there is neither a snapshot nor a log; otherwise only when the marker file `initialize` stands in dataDir"},
		{Name: "snapshot.trust.empty", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Data.TrustEmptySnapshot }),
			Doc:   "start from transaction logs alone although no snapshot is there; only for moving in from ZooKeeper 3.4"},
		{Name: "snapCount", Origin: FromProperty, Default: "100000", Unit: "transactions",
			parse: whole(func(c *Config) *int { return &c.Data.SnapCount }),
			Doc:   "a snapshot is due after between half and all of this number of transactions, drawn anew each time"},
		{Name: "snapSizeLimitInKb", Origin: FromProperty, Default: "4194304", Unit: "KiB",
			parse: kibibytes(func(c *Config) *int64 { return &c.Data.SnapSizeLimit }),
			Doc:   "a snapshot is due after between half and all of this amount of log, drawn anew each time; 0 or less: never by size"},
		{Name: "txnLogSizeLimitInKb", Origin: FromProperty, Default: "-1", Unit: "KiB",
			parse: kibibytes(func(c *Config) *int64 { return &c.Data.TxnLogSizeLimit }),
			Doc:   "a log file that has grown beyond this is closed and a new one begun; 0 or less: only when a snapshot begins"},
		{Name: "preAllocSize", Origin: FromProperty, Default: "65536", Unit: "KiB",
			parse: kibibytes(func(c *Config) *int64 { return &c.Data.PreAllocSize }),
			Doc:   "log files grow by blocks of this size, so that a flush need not write file metadata"},
		{Name: "forceSync", Origin: FromProperty, Default: "yes",
			parse: unlessNo(func(c *Config) *bool { return &c.Data.ForceSync }),
			Doc:   "`no` acknowledges writes before they are on disk: they can be lost when the machine stops"},
		{Name: "fsync.warningthresholdms", Origin: FromProperty, Default: "1000", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Data.FsyncWarning }),
			Doc:   "a flush of the log that takes longer is logged as a warning"},
		{Name: "snapshot.compression.method", Origin: FromProperty,
			parse: compression(func(c *Config) *Compression { return &c.Data.SnapshotCompression }),
			Doc:   "how snapshots are written: empty (plain), `gz` or `snappy`; all three are always read"},
		{Name: "serializeLastProcessedZxid.enabled", Origin: FromProperty, Default: "true",
			parse: lenient(func(c *Config) *bool { return &c.Data.SerializeLastZxid }),
			Doc:   "write the last processed zxid at the end of a snapshot (ZooKeeper 3.9)"},
		{Name: "digest.enabled", Origin: FromProperty, Default: "true",
			parse: lenient(func(c *Config) *bool { return &c.Data.Digest }),
			Doc:   "keep a digest of the whole tree, write it to logs and snapshots and compare it when they are read"},
		{Name: "log.acceptLoss", Origin: Own, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Data.AcceptLoss }),
			Doc: "when the log is damaged, or a file of it missing, start all the same with what stands before that; the rest is kept in `lost.*` files. " +
				"Set it for one start only, after reading what the refused start says. Troupe's own key"},
		{Name: "autopurge.snapRetainCount", Origin: FromFile, Default: "3", Unit: "snapshots",
			parse: whole(func(c *Config) *int { return &c.Data.PurgeRetain }),
			Doc:   "number of newest snapshots (with their logs) that purging keeps; at least 3"},
		{Name: "autopurge.purgeInterval", Origin: FromFile, Default: "0", Unit: "hours",
			parse: hours(func(c *Config) *time.Duration { return &c.Data.PurgeInterval }),
			Doc:   "purge at start and then at this interval; 0: never. A suffix ms, s, m, h or d changes the unit"},
	}
}
