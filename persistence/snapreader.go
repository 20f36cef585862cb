package persistence

import (
	"errors"
	"io"
	"path"

	"troupe/jute/data"
	"troupe/persistence/vfs"
	"troupe/tree"
)

const (
	// maxTrailer bounds what may follow the first checksum: the digest (in old files as text), zxid and checksums.
	maxTrailer = 4 << 10
	// sealSize is the size of a checksum and its mark.
	sealSize = 8 + len(endMark)
)

// snapTrailer is what follows the nodes, where it does.
type snapTrailer struct {
	digestZxid    int64
	digestVersion int32
	digest        uint64
	lastZxid      int64 // 3.9: the last transaction applied when it was written; 0 if not there
}

// LoadSnapshot reads one snapshot file into a tree, for tools. The zxid is that of the file's name.
func LoadSnapshot(f vfs.FS, name string, o tree.Options) (*tree.Tree, error) {
	base := path.Base(name)
	zxid, ext, ok := parseName(snapshotPrefix, base)
	if !ok || !Compression(ext).valid() {
		return nil, &SnapshotError{File: name, Reason: "it is not named snapshot.<hex zxid>, with .gz or .snappy if it is compressed"}
	}
	return loadSnapshot(f, path.Dir(name), dataFile{name: base, zxid: zxid, ext: ext}, o)
}

// loadSnapshot reads one snapshot file into a new tree. Nothing of it is believed before all checksums are right. Its errors are
// *SnapshotError, but for those of opening the file.
func loadSnapshot(f vfs.FS, dir string, d dataFile, o tree.Options) (*tree.Tree, error) {
	name := path.Join(dir, d.name)
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	src, err := decompressor(file, size, Compression(d.ext))
	if err != nil {
		return nil, &SnapshotError{File: name, Reason: "it cannot be uncompressed", Err: err}
	}
	content := size
	if Compression(d.ext) != NoCompression {
		content = 0
	}
	t, err := readSnapshot(src, content, int(min(window, max(size, minWindow))), d.zxid, o)
	var se *SnapshotError
	if errors.As(err, &se) {
		se.File = name
	}
	return t, err
}

// readSnapshot reads the uncompressed content (of the given size, 0: not known) of a snapshot that is named by zxid, in pieces of about so many bytes. One
// goroutine (the caller's, the only one that reads) reads, uncompresses, sums up, decodes and computes digests; another builds the tree.
func readSnapshot(src io.Reader, size int64, piece int, zxid int64, o tree.Options) (*tree.Tree, error) {
	r := &snapReader{src: &steady{src: src}, buf: make([]byte, 0, piece), sum: newSum(), size: size, digests: o.Digest}
	b := tree.NewBuilder(o)
	if err := r.head(); err != nil {
		return nil, err
	}
	if err := r.content(b); err != nil {
		return nil, err
	}
	if err := r.checkSum(); err != nil {
		return nil, err
	}
	trailer, err := r.trailer()
	if err != nil {
		return nil, err
	}
	return r.finish(b, zxid, trailer)
}

// finish makes the tree. Where nodes are newer than the digest, which is then missing or was taken of something else, digests are not compared
// before the transactions that made them are applied.
func (r *snapReader) finish(b *tree.Builder, zxid int64, trailer snapTrailer) (*tree.Tree, error) {
	if r.newest > max(zxid, trailer.digestZxid) {
		trailer.digestZxid, trailer.digestVersion = r.newest, 0
	}
	b.SetDigest(trailer.digestZxid, trailer.digestVersion, trailer.digest)
	t, err := b.Finish(zxid)
	if err != nil {
		return nil, r.bad("its nodes are no tree", err)
	}
	return t, nil
}

// head reads the header of a file.
func (r *snapReader) head() error {
	magic, err := r.int()
	if err != nil {
		return err
	}
	if magic != snapMagic {
		return &SnapshotError{Reason: "this is not a snapshot: its first bytes are not ZKSN"}
	}
	if err := r.need(12); err != nil { // version and dbid, which nobody checks
		return err
	}
	r.pos += 12
	return nil
}

// content reads sessions, ACL table and nodes.
func (r *snapReader) content(b *tree.Builder) error {
	sessions, err := r.count("sessions")
	if err != nil {
		return err
	}
	for range max(sessions, 0) {
		id, err := r.long()
		if err != nil {
			return err
		}
		timeout, err := r.int()
		if err != nil {
			return err
		}
		b.AddSession(id, timeout)
	}
	if err := r.acls(b); err != nil {
		return err
	}
	return r.nodes(b)
}

func (r *snapReader) acls(b *tree.Builder) error {
	lists, err := r.count("ACLs")
	if err != nil {
		return err
	}
	for range max(lists, 0) {
		id, err := r.long()
		if err != nil {
			return err
		}
		n, err := r.count("entries in an ACL")
		if err != nil {
			return err
		}
		var list []data.ACL // null is the open ACL, and an empty list gives nobody anything
		if n != null {
			list = []data.ACL{}
		}
		for range max(n, 0) {
			var a data.ACL
			if a.Perms, err = r.int(); err == nil {
				a.ID.Scheme, err = r.ustring()
			}
			if err == nil {
				a.ID.ID, err = r.ustring()
			}
			if err != nil {
				return err
			}
			list = append(list, a)
		}
		b.AddACL(id, list)
	}
	return nil
}

// trailer reads what stands behind the first checksum: nothing in old files, the digest, in 3.9 the last zxid as well.
func (r *snapReader) trailer() (snapTrailer, error) {
	var t snapTrailer
	rest, err := r.rest()
	if err != nil || rest == 0 {
		return t, err
	}
	if rest != 8+sealSize { // the last zxid alone is there with digests switched off
		if err := r.digest(&t); err != nil {
			return t, err
		}
		rest, err = r.rest()
		if err != nil || rest == 0 {
			return t, err
		}
	}
	if t.lastZxid, err = r.long(); err != nil {
		return t, err
	}
	if err := r.checkSum(); err != nil {
		return t, err
	}
	rest, err = r.rest()
	if err == nil && rest > 0 {
		err = r.bad("it goes on behind its end", nil)
	}
	return t, err
}

// digest reads the digest section. Version 1 had its digest as text; it is not compared.
func (r *snapReader) digest(t *snapTrailer) (err error) {
	if t.digestZxid, err = r.long(); err != nil {
		return err
	}
	if t.digestVersion, err = r.int(); err != nil {
		return err
	}
	if t.digestVersion < tree.DigestVersion {
		_, err = r.ustring()
	} else {
		var v int64
		v, err = r.long()
		t.digest = uint64(v)
	}
	if err != nil {
		return err
	}
	return r.checkSum()
}
