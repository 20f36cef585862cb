package recordtest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"troupe/jute"
)

// Tree is an OutputArchive that builds what encoding/json would make of the golden
// vectors: records and maps are map[string]any, vectors []any, integers
// json.Number, a buffer {"hex": "..."} and everything null nil. Floats are strings,
// so that a NaN equals itself.
type Tree struct {
	stack []node
	root  any
}

// node is a level that is still open.
type node struct {
	tag    string
	record map[string]any
	vector []any
	null   bool
	pairs  bool // the vector is a map: keys and values in turn
}

// Of returns the tree of a record.
func Of(r jute.Record) any {
	t := &Tree{}
	if err := r.Serialize(t, ""); err != nil {
		return fmt.Sprintf("not serializable: %v", err)
	}
	return t.root
}

// add puts a finished value into the innermost open level.
func (t *Tree) add(v any, tag string) {
	if len(t.stack) == 0 {
		t.root = v
		return
	}
	if top := &t.stack[len(t.stack)-1]; top.record != nil {
		top.record[tag] = v
	} else {
		top.vector = append(top.vector, v)
	}
}

func (t *Tree) number(v int64, tag string) { t.add(json.Number(strconv.FormatInt(v, 10)), tag) }

func (t *Tree) Byte(v int8, tag string)      { t.number(int64(v), tag) }
func (t *Tree) Bool(v bool, tag string)      { t.add(v, tag) }
func (t *Tree) Int(v int32, tag string)      { t.number(int64(v), tag) }
func (t *Tree) Long(v int64, tag string)     { t.number(v, tag) }
func (t *Tree) Float(v float32, tag string)  { t.add(fmt.Sprintf("%b", v), tag) }
func (t *Tree) Double(v float64, tag string) { t.add(fmt.Sprintf("%b", v), tag) }

func (t *Tree) Ustring(v string, tag string) {
	if v == jute.Null {
		t.add(nil, tag)
		return
	}
	t.add(v, tag)
}

func (t *Tree) Buffer(v []byte, tag string) {
	if v == nil {
		t.add(nil, tag)
		return
	}
	t.add(map[string]any{"hex": hex.EncodeToString(v)}, tag)
}

func (t *Tree) Record(r jute.Record, tag string) { _ = r.Serialize(t, tag) }

func (t *Tree) push(n node) { t.stack = append(t.stack, n) }

// pop closes a level; the tag is kept from its start, so that a wrong one at the
// end cannot go unnoticed.
func (t *Tree) pop(tag string) {
	n := t.stack[len(t.stack)-1]
	t.stack = t.stack[:len(t.stack)-1]
	if n.tag != tag {
		t.add("started as "+n.tag+", ended as "+tag, tag)
		return
	}
	switch {
	case n.record != nil:
		t.add(n.record, tag)
	case n.null:
		t.add(nil, tag)
	case n.pairs:
		t.add(map[string]any{"map": n.vector}, tag)
	default:
		t.add(n.vector, tag)
	}
}

func (t *Tree) StartRecord(tag string) { t.push(node{tag: tag, record: map[string]any{}}) }
func (t *Tree) EndRecord(tag string)   { t.pop(tag) }

func (t *Tree) StartVector(n int, tag string) { t.push(node{tag: tag, vector: []any{}, null: n < 0}) }
func (t *Tree) EndVector(tag string)          { t.pop(tag) }
func (t *Tree) StartMap(_ int, tag string)    { t.push(node{tag: tag, vector: []any{}, pairs: true}) }
func (t *Tree) EndMap(tag string)             { t.pop(tag) }

// Err is always nil.
func (t *Tree) Err() error { return nil }
