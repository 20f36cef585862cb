package recordtest

import (
	"bytes"
	"reflect"
	"slices"

	"github.com/stretchr/testify/require"

	"troupe/jute"
)

// CheckDecode is the property that any bytes must have for any record: decoding
// does not panic, does not write to the input, fails with ErrMalformed or gives a
// record that encodes to bytes which decode to the same, and the archive says the
// same as Decode. r tells the type; its content is lost. It reports whether the
// bytes were a record.
func CheckDecode(t require.TestingT, r jute.Record, input []byte) bool {
	exact := bytes.Clone(input)
	exact = slices.Clip(exact)
	d := jute.NewDecoder(exact)
	r.Decode(&d)
	require.Equal(t, input, exact, "the input was written to")

	again := reflect.New(reflect.TypeOf(r).Elem()).Interface().(jute.Record)
	err := again.Deserialize(jute.NewBinaryInput(exact), "")
	require.Equal(t, d.Err() == nil, err == nil, "Decode: %v, Deserialize: %v", d.Err(), err)
	if d.Err() != nil {
		require.ErrorIs(t, d.Err(), jute.ErrMalformed)
		require.ErrorIs(t, err, jute.ErrMalformed)
		return false
	}
	require.Equal(t, Of(r), Of(again))
	first := r.Append(nil)
	d = jute.NewDecoder(first)
	r.Decode(&d)
	require.NoError(t, d.Err())
	require.Zero(t, d.Remaining())
	require.Equal(t, first, r.Append(nil))
	return true
}

// CheckText is the same for a text archive: what is read can be written, and
// after one such round nothing changes any more.
func CheckText(t require.TestingT, r jute.Record, tag string, in jute.InputArchive, write func(jute.Record) []byte, read func([]byte) jute.InputArchive) bool {
	if err := r.Deserialize(in, tag); err != nil {
		require.ErrorIs(t, err, jute.ErrMalformed)
		return false
	}
	first := write(r)
	if err := r.Deserialize(read(first), tag); err != nil {
		return true // nulls inside vectors, or characters that XML cannot carry
	}
	second := write(r)
	require.NoError(t, r.Deserialize(read(second), tag))
	require.Equal(t, string(second), string(write(r)))
	return true
}
