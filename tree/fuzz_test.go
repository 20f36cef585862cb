package tree

import (
	"strings"
	"testing"

	"troupe/jute/proto"
	"troupe/jute/txn"
)

// FuzzApply: whatever bytes decode as transactions, applying them neither panics nor leaves a tree
// whose parts disagree. The input is a list of entries, each behind its length in two bytes.
func FuzzApply(f *testing.F) {
	var whole []byte
	for _, v := range readVectors[logVector](f, "txnlog.json") {
		switch {
		case strings.HasPrefix(v.Name, "entry:"):
			f.Add(chain(entries(f, v.Hex)))
		case strings.HasPrefix(v.Name, "file:"):
			whole = chain(entries(f, v.Hex[16:]))
			f.Add(whole)
		}
	}
	junk := &txn.MultiTxn{}
	for _, path := range somePaths {
		rec := txn.CreateTxn{Path: path, Data: []byte("count=,bytes=x"), ACL: openACL(), ParentCVersion: -1}
		junk.Txns = append(junk.Txns, txn.Txn{Type: int32(proto.OpCreate), Data: rec.Append(nil)})
	}
	x := Txn{Header: header(proto.OpMulti), Record: junk}
	f.Add(append(chain([][]byte{x.Append(nil)}), whole...))

	f.Fuzz(func(t *testing.T, input []byte) {
		tr := New(Options{ExtendedTypes: true, Emulate353TTL: true, Digest: true})
		var log eventLog
		c := tr.NewCursor()
		for len(input) > 2 {
			size := min(int(input[0])<<8|int(input[1]), len(input)-2)
			x, err := DecodeTxn(input[2 : 2+size])
			input = input[2+size:]
			if err != nil {
				continue
			}
			tr.Apply(&x, &log)
			c.Append(nil, 10)
		}
		c.Close()
		check(t, tr)
	})
}

func chain(entries [][]byte) []byte {
	var b []byte
	for _, e := range entries {
		b = append(append(b, byte(len(e)>>8), byte(len(e))), e...)
	}
	return b
}
