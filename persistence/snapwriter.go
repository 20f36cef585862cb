package persistence

import (
	"io"
	"path"

	"troupe/jute"
	"troupe/jute/txn"
	"troupe/tree"
)

// gateChunk is about how many bytes of nodes are taken while the gate is held: some 30 microseconds.
const gateChunk = 64 << 10

// SnapshotSource lends the tree. With calls f under the caller's shared gate, so that nothing is applied meanwhile; between two calls
// the tree goes on changing. f takes microseconds, and does no I/O.
type SnapshotSource interface {
	With(f func(t *tree.Tree))
}

// Whole is the SnapshotSource of a tree that nobody changes.
func Whole(t *tree.Tree) SnapshotSource { return whole{t} }

type whole struct{ t *tree.Tree }

func (w whole) With(f func(*tree.Tree)) { f(w.t) }

// AwaitSnapshot returns when no snapshot is being written.
func (s *Store) AwaitSnapshot() {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
}

// WriteSnapshot writes the tree into a new file, durably and all or nothing, and returns its name. It may run beside Append and Commit,
// which should have been rolled first so that the log is cut there. What is applied meanwhile may or may not be in it; the
// log has it. Two calls wait for each other, and for whatever makes the history on disk another one. An error is a *FatalError.
//
// A source that has a method Outdated is asked when its turn has come: an outdated tree is not written, and file is "".
func (s *Store) WriteSnapshot(src SnapshotSource) (file string, err error) {
	s.snapMu.Lock()
	defer s.snapMu.Unlock()
	if err := s.failure(); err != nil {
		return "", err
	}
	if o, ok := src.(interface{ Outdated() bool }); ok && o.Outdated() {
		return "", nil
	}
	start := s.o.Clock()
	name, zxid, err := s.writeSnapshot(src)
	if err != nil {
		return "", s.fail(&FatalError{Op: "write a snapshot", File: path.Join(s.o.snapDir(), name), Snapshot: true, Err: err})
	}
	took := s.o.Clock().Sub(start)
	s.stats.snapshot(zxid, took)
	s.o.Logger.Info().Str("file", name).Dur("took", took).Msg("snapshot written")
	return path.Join(s.o.snapDir(), name), nil
}

func (s *Store) writeSnapshot(src SnapshotSource) (name string, zxid int64, err error) {
	name, zxid, err = s.stageSnapshot(src)
	if err != nil {
		return name, zxid, err
	}
	dir := s.o.snapDir()
	tmp := path.Join(dir, tmpPrefix+name)
	if err := s.fs.Rename(tmp, path.Join(dir, name)); err != nil {
		s.fs.Remove(tmp) // best effort: it gives back the room of a full disk
		return name, zxid, err
	}
	return name, zxid, s.fs.SyncDir(dir)
}

// stageSnapshot writes the file as tmp.<name>, with durable content.
func (s *Store) stageSnapshot(src SnapshotSource) (name string, zxid int64, err error) {
	var cursor *tree.Cursor
	src.With(func(t *tree.Tree) { cursor = t.NewCursor() })
	defer func() { src.With(func(*tree.Tree) { cursor.Close() }) }()
	zxid = cursor.Zxid()
	name = SnapshotName(zxid, s.o.Compression)
	tmp := path.Join(s.o.snapDir(), tmpPrefix+name)
	file, err := s.fs.Create(tmp)
	if err != nil {
		return name, zxid, err
	}
	err = encodeSnapshot(&fileWriter{file: file}, cursor, src, snapFormat{s.o.Compression, s.o.SerializeLastZxid, s.chunk})
	if err == nil {
		err = file.Sync()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		s.fs.Remove(tmp) // best effort: it gives back the room of a full disk
	}
	return name, zxid, err
}

// snapFormat says how a snapshot is written.
type snapFormat struct {
	compression Compression
	lastZxid    bool // with the section of 3.9
	chunk       int  // about so many bytes of nodes are taken at a time under the gate
}

// encodeSnapshot writes a whole snapshot. The gate is released whenever something is written.
func encodeSnapshot(out io.Writer, cursor *tree.Cursor, src SnapshotSource, format snapFormat) error {
	z, finish := compressor(out, format.compression)
	w := &snapWriter{out: z, sum: newSum()}
	b := w.content(appendSnapHeader(make([]byte, 0, 2*format.chunk)), cursor, src, format.chunk)
	w.write([]byte(endMark))
	w.seal()

	var digest txn.TxnDigest
	var zxid int64
	var digests bool
	src.With(func(t *tree.Tree) {
		digests, digest.Version = t.Options().Digest, tree.DigestVersion
		if !t.Fuzzy() { // else it is not known, which is written as zeros
			zxid, digest.TreeDigest = t.LastZxid(), int64(t.Digest())
		}
	})
	if digests {
		w.write(digest.Append(jute.AppendLong(b[:0], zxid)))
		w.seal()
	}
	if format.lastZxid { // where replay begins, which in a fuzzy snapshot is not where the writing ended
		w.write(jute.AppendLong(b[:0], cursor.Zxid()))
		w.seal()
	}
	if w.err != nil {
		return w.err
	}
	return finish()
}

// snapWriter sums up what it writes; the first error sticks.
type snapWriter struct {
	out io.Writer
	sum *adler // nil: nothing is summed up
	err error
}

func (w *snapWriter) write(b []byte) {
	if w.err != nil {
		return
	}
	if w.sum != nil {
		w.sum.add(b)
	}
	_, w.err = w.out.Write(b)
}

// content writes b, then sessions, ACLs and nodes without the end mark, and returns b's memory. The gate is released whenever something is written.
func (w *snapWriter) content(b []byte, cursor *tree.Cursor, src SnapshotSource, chunk int) []byte {
	b = jute.AppendInt(b, int32(len(cursor.Sessions())))
	for _, session := range cursor.Sessions() {
		b = jute.AppendLong(b, session.ID)
		b = jute.AppendInt(b, session.Timeout)
	}
	b = jute.AppendInt(b, int32(len(cursor.ACLs())))
	for _, entry := range cursor.ACLs() {
		b = jute.AppendLong(b, entry.ID)
		b = jute.AppendVectorLen(b, entry.ACL)
		for i := range entry.ACL {
			b = entry.ACL[i].Append(b)
		}
	}
	w.write(b)
	for more := true; more && w.err == nil; {
		src.With(func(*tree.Tree) { b, more = cursor.Append(b[:0], chunk) })
		w.write(b)
	}
	return b
}

// seal writes the checksum of everything so far, itself being part of what the next one sums up.
func (w *snapWriter) seal() {
	w.write(append(jute.AppendLong(nil, int64(*w.sum)), endMark...))
}
