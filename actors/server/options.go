package server

import (
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"troupe/actors/conn"
	"troupe/actors/operator/stats"
	"troupe/config"
	"troupe/persistence"
	"troupe/tree"
	"troupe/tree/acl"
	"troupe/tree/prep"
)

// What each part is to know of the configuration: the parts have small options of their own.

func treeOptions(cfg *config.Config) tree.Options {
	return tree.Options{ExtendedTypes: cfg.Tree.ExtendedTypes, Emulate353TTL: cfg.Tree.Emulate353TTL, Digest: cfg.Data.Digest}
}

func storeOptions(w World, cfg *config.Config, log zerolog.Logger) persistence.Options {
	d, keep := cfg.Data, 0
	if cfg.Ensemble.Distributed() {
		keep = cfg.Ensemble.CommitLogCount
	}
	return persistence.Options{
		Keep:    keep,
		DataDir: d.Dir, DataLogDir: d.LogDir, PreAllocSize: d.PreAllocSize, LogSizeLimit: d.TxnLogSizeLimit,
		ForceSync: d.ForceSync, FsyncWarning: d.FsyncWarning, SnapCount: d.SnapCount, SnapSizeLimit: d.SnapSizeLimit,
		Compression: persistence.Compression(d.SnapshotCompression), SerializeLastZxid: d.SerializeLastZxid,
		TrustEmpty: d.TrustEmptySnapshot, AcceptLoss: d.AcceptLoss, AutoCreateDirs: d.AutoCreate, AutoCreateDB: d.DBAutoCreate,
		Tree: treeOptions(cfg), Logger: log, Rand: w.Random, Clock: w.Clock.Now,
	}
}

func prepOptions(cfg *config.Config, log zerolog.Logger) prep.Options {
	return prep.Options{
		ExtendedTypes: cfg.Tree.ExtendedTypes, Digest: cfg.Data.Digest,
		CloseSessionTxn: cfg.Tree.CloseSessionTxn, EnforceQuota: cfg.Tree.EnforceQuota, ReconfigEnabled: cfg.Ensemble.ReconfigEnabled,
		OverQuota: func(path string, hard bool) {
			log.Debug().Str("path", path).Bool("hard", hard).Msg("quota exceeded")
		},
	}
}

func registryOf(cfg *config.Config) (*acl.Registry, error) {
	a := cfg.Auth
	o := acl.Options{SkipACL: a.SkipACL, SuperDigest: a.SuperDigest, DigestAlg: a.DigestAlgorithm, DigestDisabled: !a.DigestEnabled,
		X509SuperUser: a.X509SuperUser, AnySASLUser: a.AnySASLUserDoes}
	if a.EnsembleName != "" {
		o.EnsembleNames = strings.Split(a.EnsembleName, ",")
	}
	r, err := acl.New(o)
	if err != nil {
		return nil, &Error{Code: exitConfig, Err: err}
	}
	for _, p := range a.Providers {
		if err := r.RegisterClass(p.Class); err != nil {
			return nil, &Error{Code: exitConfig, Err: fmt.Errorf("authProvider.%s: %w", p.Suffix, err)}
		}
	}
	return r, nil
}

const (
	// sessionOutstanding bounds the requests of one connection that are under way: as many as fit into
	// one fsync's batch of the whole server (maxSyncBatch).
	sessionOutstanding = 1000
	// sessionReads bounds the reads among them: behind a write their answers wait in memory.
	sessionReads = 128
	// outputSoft and outputHard bound what waits for a client that does not read, in bytes.
	outputSoft = 1 << 20
	outputHard = 64 << 20
)

// connectionsAtMost is maxCnxns, but never more than there are file descriptors for: with none left the server could
// neither accept nor write a snapshot.
func connectionsAtMost(maxCnxns int) int {
	_, files := stats.OpenFiles()
	if files <= 0 {
		return maxCnxns
	}
	room := int(files - min(256, files/4))
	if maxCnxns > 0 {
		return min(maxCnxns, room)
	}
	return room
}

func limitsOf(cfg *config.Config) conn.Limits {
	l := conn.Limits{
		MaxFrame:           int32(cfg.Client.MaxBuffer),
		MinSessionTimeout:  int32(cfg.Session.MinTimeout.Milliseconds()),
		MaxSessionTimeout:  int32(cfg.Session.MaxTimeout.Milliseconds()),
		GlobalOutstanding:  int64(cfg.Limits.GlobalOutstanding),
		SessionOutstanding: sessionOutstanding,
		SessionReads:       sessionReads,
		OutputSoft:         outputSoft,
		OutputHard:         outputHard,
	}
	if cfg.Auth.Enforce {
		l.RequiredAuthSchemes = cfg.Auth.EnforceSchemes
	}
	if cfg.Auth.RequireSASL {
		l.RequiredAuthSchemes = append(l.RequiredAuthSchemes, acl.SchemeSASL)
	}
	return l
}
