package persistence

import (
	"errors"
	"io"
	"math"

	"troupe/tree"
)

// streamSignature ends the snapshot that a leader sends behind SNAP: the ustring "BenWasHere".
const streamSignature = "\x00\x00\x00\x0aBenWasHere"

// StreamSnapshot writes what follows a SNAP packet: sessions, ACLs and nodes as in a snapshot file, without its header, checksums and digest, and the
// signature. It is as fuzzy as a snapshot file: zxid is the last transaction when it began, and what is applied meanwhile may or may not be
// in it. out is written to outside the gate, in pieces of about 64 KiB; its first error ends the writing and is returned.
func StreamSnapshot(out io.Writer, src SnapshotSource) (zxid int64, err error) {
	return streamSnapshot(out, src, gateChunk)
}

func streamSnapshot(out io.Writer, src SnapshotSource, chunk int) (zxid int64, err error) {
	var cursor *tree.Cursor
	src.With(func(t *tree.Tree) { cursor = t.NewCursor() })
	defer func() { src.With(func(*tree.Tree) { cursor.Close() }) }()
	w := &snapWriter{out: out}
	b := w.content(make([]byte, 0, 2*chunk), cursor, src, chunk)
	w.write(append(append(b[:0], endMark...), streamSignature...))
	return cursor.Zxid(), w.err
}

// ReadStream reads what StreamSnapshot, or a leader that is Apache's, has written, into a new tree whose last transaction is zxid. It reads to the last
// byte of the signature and not one further. in should be buffered: it is read in pieces of a node. Whatever the bytes claim, memory grows only
// with those that have come.
//
// The tree is Fuzzy until tree.FuzzyUntil tells how far its parts may go.
//
// Errors: *SnapshotError, which wraps the one of in; then it is not known how far in was read.
func ReadStream(in io.Reader, zxid int64, o tree.Options) (*tree.Tree, error) {
	r := &snapReader{src: &steady{src: in}, buf: make([]byte, 0, window), exact: true, behind: len(streamSignature), digests: o.Digest}
	t, err := r.stream(zxid, o)
	var se *SnapshotError
	if errors.As(err, &se) {
		se.File = "the leader's snapshot"
	}
	return t, err
}

func (r *snapReader) stream(zxid int64, o tree.Options) (*tree.Tree, error) {
	b := tree.NewBuilder(o)
	if err := r.content(b); err != nil {
		return nil, err
	}
	r.behind = 0
	if err := r.need(len(streamSignature)); err != nil {
		return nil, err
	}
	if string(r.buf[r.pos:]) != streamSignature {
		return nil, r.bad("it does not end with the signature", nil)
	}
	return r.finish(b, zxid, snapTrailer{digestZxid: math.MaxInt64})
}
