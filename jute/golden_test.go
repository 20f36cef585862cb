package jute_test

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/idl"
	"troupe/jute/internal/recordtest"
	"troupe/jute/internal/sample"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// vector is a record in the three formats, as Apache's archives wrote it.
type vector struct {
	Name      string `json:"name"`
	Tag       string `json:"tag"`
	BinaryHex string `json:"binary_hex"`
	CSV       string `json:"csv"`
	XML       string `json:"xml"`
}

func (v vector) binary(t testing.TB) []byte {
	b, err := hex.DecodeString(v.BinaryHex)
	require.NoError(t, err)
	return b
}

// record is an empty record of the vector's type.
func (v vector) record() jute.Record {
	switch first, _, _ := strings.Cut(v.Name, " "); first {
	case "Stat":
		return &data.Stat{}
	case "Id":
		return &data.ID{}
	case "ACL":
		return &data.ACL{}
	case "CreateRequest":
		return &proto.CreateRequest{}
	case "SetWatches":
		return &proto.SetWatches{}
	case "ConnectRequest":
		return &proto.ConnectRequest{}
	case "TxnHeader":
		return &txn.TxnHeader{}
	case "MultiTxn":
		return &txn.MultiTxn{}
	case "CreateSessionTxn":
		return &txn.CreateSessionTxn{}
	}
	return &sample.Prims{}
}

func goldenVectors(t testing.TB) []vector {
	b, err := os.ReadFile("testdata/jute.json")
	require.NoError(t, err)
	var file struct {
		Vectors []vector `json:"vectors"`
	}
	require.NoError(t, json.Unmarshal(b, &file))
	require.Len(t, file.Vectors, 16)
	return file.Vectors
}

// What Apache wrote is read, and written again to the byte, in every format.
func TestGoldenVectors(t *testing.T) {
	for _, v := range goldenVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			r := v.record()
			d := jute.NewDecoder(v.binary(t))
			r.Decode(&d)
			require.NoError(t, d.Err())
			require.Zero(t, d.Remaining())
			require.Equal(t, v.BinaryHex, hex.EncodeToString(r.Append(nil)))

			out := jute.NewBinaryOutput(nil)
			require.NoError(t, r.Serialize(out, v.Tag))
			require.Equal(t, v.BinaryHex, hex.EncodeToString(out.Bytes()))
			again, in := v.record(), jute.NewBinaryInput(v.binary(t))
			require.NoError(t, again.Deserialize(in, v.Tag))
			require.Zero(t, in.Remaining())
			require.Equal(t, recordtest.Of(r), recordtest.Of(again))

			csv := jute.NewCSVOutput(nil, jute.Java)
			require.NoError(t, r.Serialize(csv, v.Tag))
			require.Equal(t, v.CSV, string(csv.Bytes()))
			xml := jute.NewXMLOutput(nil, jute.Java)
			require.NoError(t, r.Serialize(xml, v.Tag))
			require.Equal(t, v.XML, string(xml.Bytes()))
		})
	}
}

// The portable form differs from Apache's in buffers only, and reads back.
func TestGoldenVectorsReadBack(t *testing.T) {
	for _, v := range goldenVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			r := v.record()
			d := jute.NewDecoder(v.binary(t))
			r.Decode(&d)

			csv := jute.NewCSVOutput(nil, jute.Portable)
			require.NoError(t, r.Serialize(csv, v.Tag))
			fromCSV := v.record()
			require.NoError(t, fromCSV.Deserialize(jute.NewCSVInput(csv.Bytes()), v.Tag))
			require.Equal(t, readBack(r, false), recordtest.Of(fromCSV))

			xml := jute.NewXMLOutput(nil, jute.Portable)
			require.NoError(t, r.Serialize(xml, v.Tag))
			fromXML := v.record()
			require.NoError(t, fromXML.Deserialize(jute.NewXMLInput(xml.Bytes()), v.Tag))
			require.Equal(t, readBack(r, true), recordtest.Of(fromXML))
		})
	}
}

// readBack is what a text archive can give back of a record: empty vectors for
// null ones, null for empty buffers, and in XML empty ustrings for null ones.
func readBack(r jute.Record, emptyStrings bool) any {
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case f.Kind() == reflect.String && f.String() == jute.Null && emptyStrings:
			f.SetString("")
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Uint8 && f.Len() == 0:
			f.SetZero()
		case f.Kind() == reflect.Slice && f.Type().Elem().Kind() != reflect.Uint8 && f.IsNil():
			f.Set(reflect.MakeSlice(f.Type(), 0, 0))
		}
	}
	return recordtest.Of(r)
}

// Every class of the IDL, and nothing else, is known to the tests that go over all
// records.
func TestAllRecordsAreListed(t *testing.T) {
	f, err := idl.Load("zookeeper.jute", os.ReadFile)
	require.NoError(t, err)
	var want []string
	for _, m := range f.Modules {
		for _, r := range m.Records {
			want = append(want, r.FullName())
		}
	}
	require.ElementsMatch(t, want, slices.Collect(maps.Keys(recordtest.All())))
}
