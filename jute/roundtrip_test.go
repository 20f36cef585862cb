package jute_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"troupe/jute"
	"troupe/jute/internal/recordtest"
	"troupe/jute/internal/sample"
)

// anyRecord runs a property on random values of randomly chosen records, some ten
// values per record and run, and on the samples most of all.
func anyRecord(t *testing.T, l recordtest.Limits, property func(t *rapid.T, r, empty jute.Record)) {
	all := recordtest.All()
	names := slices.Sorted(maps.Keys(all))
	rapid.Check(t, func(t *rapid.T) {
		records := []jute.Record{&sample.Prims{}, &sample.Deep{}, &sample.Names{}}
		for range 10 {
			records = append(records, blank(all[rapid.SampledFrom(names).Draw(t, "record")]))
		}
		for _, r := range records {
			recordtest.Fill(t, r, l)
			property(t, r, blank(r))
		}
	})
}

// blank is an empty record of the same type.
func blank(r jute.Record) jute.Record {
	return reflect.New(reflect.TypeOf(r).Elem()).Interface().(jute.Record)
}

// Binary: what is written reads back whole, by both ways, and no prefix of it
// passes for a record.
func TestBinaryRoundTrip(t *testing.T) {
	anyRecord(t, recordtest.Limits{}, func(t *rapid.T, r, empty jute.Record) {
		b := r.Append([]byte("before"))[len("before"):]
		out := jute.NewBinaryOutput(nil)
		require.NoError(t, r.Serialize(out, ""))
		require.Equal(t, b, out.Bytes())

		d := jute.NewDecoder(b)
		empty.Decode(&d)
		require.NoError(t, d.Err())
		require.Zero(t, d.Remaining())
		require.Equal(t, recordtest.Of(r), recordtest.Of(empty))

		again := blank(r)
		require.NoError(t, again.Deserialize(jute.NewBinaryInput(b), ""))
		require.Equal(t, recordtest.Of(r), recordtest.Of(again))

		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		d = jute.NewDecoder(b[:cut])
		empty.Decode(&d)
		require.ErrorIs(t, d.Err(), jute.ErrMalformed)
		require.ErrorIs(t, again.Deserialize(jute.NewBinaryInput(b[:cut]), ""), jute.ErrMalformed)
	})
}

// Decoding into a record that held something else leaves nothing of it.
func TestDecodeIntoUsedRecord(t *testing.T) {
	anyRecord(t, recordtest.Limits{}, func(t *rapid.T, r, used jute.Record) {
		b := r.Append(nil)
		recordtest.Fill(t, used, recordtest.Limits{})
		d := jute.NewDecoder(b)
		used.Decode(&d)
		require.NoError(t, d.Err())
		require.Equal(t, recordtest.Of(r), recordtest.Of(used))

		recordtest.Fill(t, used, recordtest.Limits{})
		require.NoError(t, used.Deserialize(jute.NewBinaryInput(b), ""))
		require.Equal(t, recordtest.Of(r), recordtest.Of(used))
	})
}

// CSV and XML: a record without nulls reads back whole, at top level and tagged.
func TestTextRoundTrip(t *testing.T) {
	anyRecord(t, recordtest.Limits{NoNull: true, Text: recordtest.XMLText()}, func(t *rapid.T, r, empty jute.Record) {
		tag := rapid.SampledFrom([]string{"", "tag"}).Draw(t, "tag")
		csv := jute.NewCSVOutput(nil, jute.Portable)
		require.NoError(t, r.Serialize(csv, tag))
		require.NoError(t, empty.Deserialize(jute.NewCSVInput(csv.Bytes()), tag), "%s", csv.Bytes())
		require.Equal(t, recordtest.Of(r), recordtest.Of(empty), "%s", csv.Bytes())

		xml := jute.NewXMLOutput(nil, jute.Portable)
		require.NoError(t, r.Serialize(xml, tag))
		empty = blank(r)
		require.NoError(t, empty.Deserialize(jute.NewXMLInput(xml.Bytes()), tag), "%s", xml.Bytes())
		require.Equal(t, recordtest.Of(r), recordtest.Of(empty), "%s", xml.Bytes())
	})
}

// CSV and XML with nulls: what the format cannot tell is lost in the first round
// and nothing more in the second. (CSV loses null elements at the end of a vector,
// so there are none.)
func TestTextLosesNullsOnce(t *testing.T) {
	anyRecord(t, recordtest.Limits{NoNullElements: true, Text: recordtest.XMLText()}, func(t *rapid.T, r, empty jute.Record) {
		csv, xml := writeText(t, r)
		require.NoError(t, empty.Deserialize(jute.NewCSVInput(csv), ""))
		again, _ := writeText(t, empty)
		require.Equal(t, string(csv), string(again))

		empty = blank(r)
		require.NoError(t, empty.Deserialize(jute.NewXMLInput(xml), ""))
		_, again = writeText(t, empty)
		require.Equal(t, string(xml), string(again))
	})
}

// writeText is a record as CSV and as XML.
func writeText(t require.TestingT, r jute.Record) (csv, xml []byte) {
	c, x := jute.NewCSVOutput(nil, jute.Portable), jute.NewXMLOutput(nil, jute.Portable)
	require.NoError(t, r.Serialize(c, ""))
	require.NoError(t, r.Serialize(x, ""))
	return c.Bytes(), x.Bytes()
}

// Several records in a row are read in the order in which they were written.
func TestRecordsInARow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *sample.Prims {
			r := &sample.Prims{}
			recordtest.Fill(t, r, recordtest.Limits{NoNull: true, Text: recordtest.XMLText()})
			return r
		}), 1, 4).Draw(t, "records")
		binary, csv, xml := jute.NewBinaryOutput(nil), jute.NewCSVOutput(nil, jute.Portable), jute.NewXMLOutput(nil, jute.Portable)
		for _, r := range records {
			for _, out := range []jute.OutputArchive{binary, csv, xml} {
				out.Record(r, "")
			}
		}
		for _, in := range []jute.InputArchive{
			jute.NewBinaryInput(binary.Bytes()), jute.NewCSVInput(csv.Bytes()), jute.NewXMLInput(xml.Bytes()),
		} {
			for _, want := range records {
				got := &sample.Prims{}
				in.Record(got, "")
				require.NoError(t, in.Err())
				require.Equal(t, recordtest.Of(want), recordtest.Of(got))
			}
		}
	})
}
