package persistence

import (
	"encoding/binary"
	"fmt"
	"math"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/tree"
)

// nodeFixed is the size of a node record without path and data: two lengths, long aclId, StatPersisted.
const nodeFixed = 4 + 4 + 8 + 60

// batch is a run of whole node records, and where it starts.
type batch struct {
	records []byte
	off     int64
}

// nodes reads the nodes up to the end mark, and checks the checksum behind it. Batches go to the builder's goroutine and their buffers
// come back; it is done when nodes returns.
func (r *snapReader) nodes(b *tree.Builder) error {
	batches := make(chan batch, 2)
	free := make(chan []byte, 4) // never full: three buffers go round
	failed := make(chan struct{})
	result := make(chan error, 1)
	for range 2 {
		free <- make([]byte, 0, cap(r.buf))
	}
	go func() {
		var err error
		for next := range batches {
			if err == nil {
				if err = addNodes(b, next); err != nil {
					close(failed)
				}
			}
			free <- next.records[:0]
		}
		result <- err
	}()
	err := r.cut(batches, free, failed)
	close(batches)
	if buildErr := <-result; buildErr != nil {
		return buildErr // the first fault in the file
	}
	if err != nil {
		return err
	}
	return r.checkSum()
}

// cut hands on whole records until the end mark, which it consumes.
func (r *snapReader) cut(batches chan<- batch, free <-chan []byte, failed <-chan struct{}) error {
	r.drop(r.pos)
	for {
		end, err := r.records()
		if err != nil {
			return err
		}
		select {
		case <-failed:
			return nil // the error comes from there
		default:
		}
		if r.pos > 0 {
			next := append((<-free)[:0], r.buf[r.pos:]...)
			r.sum.Write(r.buf[:r.pos])
			batches <- batch{r.buf[:r.pos], r.off}
			r.off += int64(r.pos)
			r.buf, r.pos = next, 0
		}
		if end {
			r.pos += len(endMark)
			return nil
		}
		want, err := r.recordSize()
		if err != nil {
			return err
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
	if int64(len(rest)) < 4+path+4 {
		return int(4 + path + 4), nil
	}
	content := int64(int32(binary.BigEndian.Uint32(rest[4+path:])))
	if content < -1 {
		return 0, r.bad(fmt.Sprintf("a node with %d bytes of data", content), nil)
	}
	n := nodeFixed + path + max(content, 0)
	if n > math.MaxInt32 {
		return 0, r.bad(fmt.Sprintf("a node of %d bytes", n), nil)
	}
	return int(n), nil
}

// addNodes decodes a batch into the builder.
func addNodes(b *tree.Builder, next batch) error {
	d := jute.NewDecoder(next.records)
	var stat data.StatPersisted
	for d.Remaining() > 0 {
		off := next.off + int64(len(next.records)-d.Remaining())
		path, content, acl := d.Ustring(), d.Buffer(), d.Long()
		stat.Decode(&d)
		err := d.Err()
		if err == nil {
			err = b.AddNode(path, content, acl, stat)
		}
		if err != nil {
			return &SnapshotError{Offset: off, Reason: "a node that cannot be", Err: err}
		}
	}
	return nil
}
