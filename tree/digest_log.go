package tree

import "slices"

// ZxidDigest is the digest of the tree after the transaction zxid.
type ZxidDigest struct {
	Zxid    int64
	Version int32
	Digest  uint64
}

// Every digestLogInterval-th zxid is kept, digestLogLimit of them (the admin command "hash" lists
// them).
const (
	digestLogInterval = 128
	digestLogLimit    = 1024
)

// digestLog is a ring of the latest digests.
type digestLog struct {
	entries []ZxidDigest
	oldest  int
}

func (l *digestLog) add(d ZxidDigest) {
	if len(l.entries) < digestLogLimit {
		l.entries = append(l.entries, d)
		return
	}
	l.entries[l.oldest] = d
	l.oldest = (l.oldest + 1) % digestLogLimit
}

// DigestLog lists the digests after the latest 1024 transactions whose zxid was divisible by 128,
// the oldest first.
func (t *Tree) DigestLog() []ZxidDigest {
	l := &t.digestLog
	return slices.Concat(l.entries[l.oldest:], l.entries[:l.oldest])
}

// DigestMismatches counts how often another server's digest differed from ours: the trees have
// diverged, or a server's software has a fault.
func (t *Tree) DigestMismatches() int64 { return t.mismatches }

// Fuzzy tells whether the tree may hold parts of transactions that are not applied yet: it comes from
// a snapshot that was written while the tree went on changing. Digests say nothing then.
func (t *Tree) Fuzzy() bool { return t.fuzzy != nil }

// FuzzyUntil says that the tree holds parts of no transaction after zxid: once that is applied,
// digests are compared again. The snapshot that a leader sends does not tell so itself; a learner
// knows it when it hears UPTODATE: zxid is the last transaction that it was sent before.
func (t *Tree) FuzzyUntil(zxid int64) {
	t.fuzzy = &ZxidDigest{Zxid: zxid}
	t.snapshotDiffers(t.lastZxid)
}

// compareDigest is called after each transaction, and tells whether its digest or that of the
// snapshot differs from ours.
func (t *Tree) compareDigest(x *Txn) (differs bool) {
	if !t.options.Digest {
		return false
	}
	zxid := x.Header.Zxid
	differs = t.snapshotDiffers(zxid)
	if t.fuzzy != nil {
		return differs
	}
	if x.HasDigest && x.Digest.Version == DigestVersion && uint64(x.Digest.TreeDigest) != t.digest {
		differs = true
	}
	if zxid%digestLogInterval == 0 {
		t.digestLog.add(ZxidDigest{Zxid: zxid, Version: DigestVersion, Digest: t.digest})
	}
	if differs {
		t.mismatches++
	}
	return differs
}

// snapshotDiffers compares with the digest of the snapshot that the tree comes from, once the
// transaction is applied that was the last one when the snapshot was finished. Before, the tree is
// fuzzy, and no digest says anything.
func (t *Tree) snapshotDiffers(zxid int64) bool {
	f := t.fuzzy
	if f == nil || zxid < f.Zxid {
		return false
	}
	t.fuzzy = nil
	return zxid == f.Zxid && f.Version == DigestVersion && f.Digest != t.digest
}
