package jute_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/internal/recordtest"
	"troupe/jute/internal/sample"
)

// fuzzed is every record in a fixed order: a fuzz input chooses one by number.
func fuzzed() []jute.Record {
	all := recordtest.All()
	records := []jute.Record{&sample.Prims{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		records = append(records, all[name])
	}
	return records
}

// number finds the place of a record's type among fuzzed.
func number(t testing.TB, r jute.Record) uint8 {
	for i, candidate := range fuzzed() {
		if recordtest.TypeName(candidate) == recordtest.TypeName(r) {
			return uint8(i)
		}
	}
	t.Fatalf("%T is not among the records", r)
	return 0
}

func FuzzBinary(f *testing.F) {
	for _, v := range goldenVectors(f) {
		f.Add(number(f, v.record()), v.binary(f))
	}
	f.Fuzz(func(t *testing.T, which uint8, in []byte) {
		all := fuzzed()
		recordtest.CheckDecode(t, all[int(which)%len(all)], in)
	})
}

// The deep sample has maps whose keys may be NaN, and then no fixed order: only
// the length of what is written is compared.
func FuzzBinaryDeep(f *testing.F) {
	deep := &sample.Deep{
		Grid:   [][]string{{"a", jute.Null}, nil, {}},
		Cube:   [][][]int8{{{1, 2}, nil}},
		Books:  []map[int64]string{{1: "one"}, nil},
		Lines:  map[string][]sample.Point{"x": {{X: 1, Y: 2}}},
		Keys:   map[sample.Key]map[bool][]byte{{Text: "k"}: {true: {1}}},
		Blobs:  [][]byte{nil, {}, {1}},
		Prims:  []sample.Prims{{S: "s"}},
		Owners: nil,
	}
	f.Add(deep.Append(nil))
	f.Fuzz(func(t *testing.T, in []byte) {
		var r sample.Deep
		d := jute.NewDecoder(in)
		if r.Decode(&d); d.Err() != nil {
			require.ErrorIs(t, d.Err(), jute.ErrMalformed)
			return
		}
		b := r.Append(nil)
		d = jute.NewDecoder(b)
		r.Decode(&d)
		require.NoError(t, d.Err())
		require.Len(t, r.Append(nil), len(b))
	})
}

func FuzzCSV(f *testing.F) {
	for _, v := range goldenVectors(f) {
		f.Add(number(f, v.record()), v.Tag, []byte(v.CSV))
	}
	f.Fuzz(func(t *testing.T, which uint8, tag string, in []byte) {
		all := fuzzed()
		recordtest.CheckText(t, all[int(which)%len(all)], tag, jute.NewCSVInput(in),
			func(r jute.Record) []byte {
				out := jute.NewCSVOutput(nil, jute.Portable)
				require.NoError(t, r.Serialize(out, tag))
				return out.Bytes()
			},
			func(b []byte) jute.InputArchive { return jute.NewCSVInput(b) })
	})
}

func FuzzXML(f *testing.F) {
	for _, v := range goldenVectors(f) {
		f.Add(number(f, v.record()), []byte(v.XML))
	}
	f.Fuzz(func(t *testing.T, which uint8, in []byte) {
		all := fuzzed()
		recordtest.CheckText(t, all[int(which)%len(all)], "", jute.NewXMLInput(in),
			func(r jute.Record) []byte {
				out := jute.NewXMLOutput(nil, jute.Portable)
				require.NoError(t, r.Serialize(out, ""))
				return out.Bytes()
			},
			func(b []byte) jute.InputArchive { return jute.NewXMLInput(b) })
	})
}
