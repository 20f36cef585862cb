package persistence

import (
	"fmt"
	"math/rand/v2"
	"path"
	"time"

	"github.com/rs/zerolog"

	"troupe/tree"
)

// Compression is the value of zookeeper.snapshot.compression.method, and the extension of the file.
type Compression string

// The compressions of snapshots.
const (
	NoCompression Compression = ""
	Gzip          Compression = "gz"
	Snappy        Compression = "snappy"
)

func (c Compression) valid() bool { return c == NoCompression || c == Gzip || c == Snappy }

// versionDir is the directory in dataDir and dataLogDir that holds the files of this format.
const versionDir = "version-2"

// Options are the settings of a Store. The names in brackets are ZooKeeper's keys.
type Options struct {
	DataDir    string // [dataDir] snapshots and epochs; the files are in version-2 below it
	DataLogDir string // [dataLogDir] transaction logs; "" = DataDir

	PreAllocSize int64         // [preAllocSize], here in bytes: log files grow in such steps; <= 0: they grow as they are written
	LogSizeLimit int64         // [txnLogSizeLimitInKb], here in bytes: a new log file after so many; <= 0: no limit
	ForceSync    bool          // [forceSync] false: Commit does not wait for the disk; a crash loses acknowledged writes
	FsyncWarning time.Duration // [fsync.warningthresholdms] a longer sync is logged and counted; 0: none is

	SnapCount     int         // [snapCount] SnapshotDue after about so many transactions; at least 2
	SnapSizeLimit int64       // [snapSizeLimitInKb], here in bytes: or after about so many bytes of log; <= 0: no limit
	Compression   Compression // [snapshot.compression.method]
	// SerializeLastZxid: [serializeLastProcessedZxid.enabled] end snapshots as 3.9 does; earlier versions pass that over.
	SerializeLastZxid bool

	TrustEmpty     bool // [snapshot.trust.empty] replay the log onto an empty tree if there is no snapshot
	AutoCreateDirs bool // [datadir.autocreate] make missing directories
	AutoCreateDB   bool // [db.autocreate] an empty directory is an empty database
	AcceptLoss     bool // [log.acceptLoss, ours] cut a log at damage, and move what lies behind a hole aside, in place of refusing to start

	Keep int // [commitLogCount] Load keeps so many of the last transactions, for members that are a little behind; 0: none

	Tree   tree.Options
	Logger zerolog.Logger
	Rand   *rand.Rand       // spread of snapshots; nil: seeded by chance
	Clock  func() time.Time // measures syncs; nil: time.Now
}

// DefaultOptions are ZooKeeper's defaults for a data directory.
func DefaultOptions(dataDir string) Options {
	return Options{
		DataDir:           dataDir,
		SerializeLastZxid: true,
		PreAllocSize:      64 << 20,
		ForceSync:         true,
		FsyncWarning:      time.Second,
		SnapCount:         100_000,
		SnapSizeLimit:     4 << 30,
		AutoCreateDirs:    true,
		AutoCreateDB:      true,
		Logger:            zerolog.Nop(),
	}
}

// complete fills in what was left out and checks the rest.
func (o *Options) complete() error {
	if o.DataDir == "" {
		return &DirError{Dir: `""`, Reason: "dataDir is not set"}
	}
	if !o.Compression.valid() {
		return fmt.Errorf("snapshot.compression.method=%s: must be empty, gz or snappy", string(o.Compression))
	}
	if o.DataLogDir == "" {
		o.DataLogDir = o.DataDir
	}
	if o.Rand == nil {
		o.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return nil
}

func (o *Options) snapDir() string { return path.Join(o.DataDir, versionDir) }
func (o *Options) logDir() string  { return path.Join(o.DataLogDir, versionDir) }
