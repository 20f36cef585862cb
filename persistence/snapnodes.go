package persistence

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/tree"
)

// nodeFixed is the size of a node record without path and data: two lengths, long aclId, StatPersisted.
const nodeFixed = 4 + 4 + 8 + 60

// batch is a run of decoded nodes; their paths and data stand in buf.
type batch struct {
	nodes []node
	buf   []byte
}

// node is a node record, and its digest if the tree wants one.
type node struct {
	path   string
	data   []byte
	acl    int64
	stat   data.StatPersisted
	digest uint32
	off    int64 // in the content
}

// maxExpected bounds the nodes for which room is made before they are there: what the file promises may be wrong.
const maxExpected = 1 << 24

// nodes reads the nodes up to the end mark. Batches go to the builder's goroutine and come back to be filled
// again; it is done when nodes returns.
func (r *snapReader) nodes(b *tree.Builder) error {
	batches := make(chan batch, 2)
	free := make(chan batch, 4) // never full: three go round
	failed := make(chan struct{})
	result := make(chan error, 1)
	for range 2 {
		free <- batch{buf: make([]byte, 0, cap(r.buf))}
	}
	go func() {
		var err error
		first := true
		for next := range batches {
			if first {
				b.Expect(r.expected(len(next.nodes), len(next.buf)))
				first = false
			}
			if err == nil {
				if err = addNodes(b, next.nodes); err != nil {
					close(failed)
				}
			}
			free <- next
		}
		result <- err
	}()
	err := r.cut(batches, free, failed)
	close(batches)
	if buildErr := <-result; buildErr != nil {
		return buildErr // the first fault in the file
	}
	return err
}

// expected is about how many nodes there are, if so many stand in the first bytes; 0 if the size is not known.
func (r *snapReader) expected(nodes, bytes int) int {
	return int(min(maxExpected, r.size/int64(bytes)*int64(nodes)))
}

// cut hands on whole records until the end mark, which it consumes.
func (r *snapReader) cut(batches chan<- batch, free <-chan batch, failed <-chan struct{}) error {
	r.drop(r.pos)
	for {
		end, err := r.records()
		if err != nil {
			return err
		}
		want := 0
		if !end {
			if want, err = r.recordSize(); err != nil {
				return err
			}
		}
		if r.exact && !end && r.fits(want) { // a stream comes in small pieces: they are gathered
			if err := r.need(want); err != nil {
				return err
			}
			continue
		}
		select {
		case <-failed:
			return nil // the error comes from there
		default:
		}
		if r.pos > 0 {
			next := <-free
			rest := append(next.buf[:0], r.buf[r.pos:]...)
			r.sumUp(r.buf[:r.pos])
			nodes, err := r.decode(next.nodes[:0], r.buf[:r.pos])
			if err != nil {
				return err
			}
			batches <- batch{nodes, r.buf[:r.pos]}
			r.off += int64(r.pos)
			r.buf, r.pos = rest, 0
		}
		if end {
			r.pos += len(endMark)
			return nil
		}
		if err := r.need(want); err != nil {
			return err
		}
	}
}

// records moves pos over the whole node records in the window, and tells whether the end mark stands behind them.
func (r *snapReader) records() (end bool, err error) {
	for {
		n, err := r.recordSize()
		if err != nil {
			return false, err
		}
		rest := r.buf[r.pos:]
		if len(rest) < n {
			return false, nil
		}
		if n == len(endMark) {
			return true, nil
		}
		r.pos += n
	}
}

// recordSize is how many bytes the record at pos has, as far as the window tells: if it is more than the window holds, the record may turn out larger
// still. len(endMark) is the size of the end mark only.
func (r *snapReader) recordSize() (int, error) {
	rest := r.buf[r.pos:]
	if len(rest) < len(endMark) {
		return len(endMark), nil
	}
	path := int64(int32(binary.BigEndian.Uint32(rest)))
	if path < 0 {
		return 0, r.bad("a node without a path", nil)
	}
	if string(rest[:len(endMark)]) == endMark {
		return len(endMark), nil
	}
	n := nodeFixed + path
	if int64(len(rest)) >= 4+path+4 {
		content := int64(int32(binary.BigEndian.Uint32(rest[4+path:])))
		if content < -1 {
			return 0, r.bad(fmt.Sprintf("a node with %d bytes of data", content), nil)
		}
		n += max(content, 0)
	}
	if n > math.MaxInt32 {
		return 0, r.bad(fmt.Sprintf("a node of %d bytes", n), nil)
	}
	return int(n), nil
}

// decode appends the nodes of whole records to nodes.
func (r *snapReader) decode(nodes []node, records []byte) ([]node, error) {
	d := jute.NewDecoder(records)
	for d.Remaining() > 0 {
		if len(nodes) == cap(nodes) {
			nodes = slices.Grow(nodes, 1)
		}
		nodes = nodes[:len(nodes)+1]
		n := &nodes[len(nodes)-1]
		n.off = r.off + int64(len(records)-d.Remaining())
		n.path, n.data, n.acl = d.Ustring(), d.Buffer(), d.Long()
		n.stat.Decode(&d)
		if err := d.Err(); err != nil {
			return nil, &SnapshotError{Offset: n.off, Reason: "a node that cannot be", Err: err}
		}
		r.newest = max(r.newest, n.stat.Czxid, n.stat.Mzxid, n.stat.Pzxid)
		if r.digests {
			n.digest = r.digester.Node(n.path, n.data, &n.stat)
		}
	}
	return nodes, nil
}

// addNodes adds nodes to the tree.
func addNodes(b *tree.Builder, nodes []node) error {
	for i := range nodes {
		n := &nodes[i]
		if err := b.AddDigested(n.path, n.data, n.acl, &n.stat, n.digest); err != nil {
			return &SnapshotError{Offset: n.off, Reason: "a node that cannot be", Err: err}
		}
	}
	return nil
}
