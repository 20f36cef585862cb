package jute_test

import (
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

// Every primitive has the bytes of the specification, both ways.
func TestPrimitives(t *testing.T) {
	for _, c := range []struct {
		name   string
		append func([]byte) []byte
		want   string
		decode func(*jute.Decoder) any
		value  any
	}{
		{"byte", func(b []byte) []byte { return jute.AppendByte(b, -5) }, "fb", func(d *jute.Decoder) any { return d.Byte() }, int8(-5)},
		{"true", func(b []byte) []byte { return jute.AppendBool(b, true) }, "01", func(d *jute.Decoder) any { return d.Bool() }, true},
		{"false", func(b []byte) []byte { return jute.AppendBool(b, false) }, "00", func(d *jute.Decoder) any { return d.Bool() }, false},
		{"int", func(b []byte) []byte { return jute.AppendInt(b, -2) }, "fffffffe", func(d *jute.Decoder) any { return d.Int() }, int32(-2)},
		{"long", func(b []byte) []byte { return jute.AppendLong(b, math.MinInt64) }, "8000000000000000", func(d *jute.Decoder) any { return d.Long() }, int64(math.MinInt64)},
		{"float", func(b []byte) []byte { return jute.AppendFloat(b, 1.5) }, "3fc00000", func(d *jute.Decoder) any { return d.Float() }, float32(1.5)},
		{"double", func(b []byte) []byte { return jute.AppendDouble(b, -0.1) }, "bfb999999999999a", func(d *jute.Decoder) any { return d.Double() }, -0.1},
		{"ustring", func(b []byte) []byte { return jute.AppendUstring(b, "/a") }, "000000022f61", func(d *jute.Decoder) any { return d.Ustring() }, "/a"},
		{"empty ustring", func(b []byte) []byte { return jute.AppendUstring(b, "") }, "00000000", func(d *jute.Decoder) any { return d.Ustring() }, ""},
		{"null ustring", func(b []byte) []byte { return jute.AppendUstring(b, jute.Null) }, "ffffffff", func(d *jute.Decoder) any { return d.Ustring() }, jute.Null},
		{"buffer", func(b []byte) []byte { return jute.AppendBuffer(b, []byte{0, 255}) }, "0000000200ff", func(d *jute.Decoder) any { return d.Buffer() }, []byte{0, 255}},
		{"empty buffer", func(b []byte) []byte { return jute.AppendBuffer(b, []byte{}) }, "00000000", func(d *jute.Decoder) any { return d.Buffer() }, []byte{}},
		{"null buffer", func(b []byte) []byte { return jute.AppendBuffer(b, nil) }, "ffffffff", func(d *jute.Decoder) any { return d.Buffer() }, []byte(nil)},
		{"vector", func(b []byte) []byte { return jute.AppendVectorLen(b, []int32{}) }, "00000000", func(d *jute.Decoder) any { return d.VectorLen(4) }, 0},
		{"null vector", func(b []byte) []byte { return jute.AppendVectorLen[int32](b, nil) }, "ffffffff", func(d *jute.Decoder) any { return d.VectorLen(4) }, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, hex.EncodeToString(c.append(nil)))
			d := jute.NewDecoder(unhex(t, c.want))
			require.Equal(t, c.value, c.decode(&d))
			require.NoError(t, d.Err())
			require.Zero(t, d.Remaining())
		})
	}
}

// NaN is written as Java's, whatever its bits; any byte but zero is true.
func TestCanonicalValues(t *testing.T) {
	nan32, nan64 := math.Float32frombits(0xffc00001), math.Float64frombits(0xfff8000000000001)
	require.Equal(t, "7fc00000", hex.EncodeToString(jute.AppendFloat(nil, nan32)))
	require.Equal(t, "7ff8000000000000", hex.EncodeToString(jute.AppendDouble(nil, nan64)))
	d := jute.NewDecoder([]byte{0x80})
	require.True(t, d.Bool())
}

// A length or count that what remains cannot hold is an error that says where.
func TestHostileLengths(t *testing.T) {
	for _, c := range []struct {
		name, input string
		read        func(*jute.Decoder)
		message     string
	}{
		{"int", "0000", func(d *jute.Decoder) { d.Int() }, "jute: offset 0: 4 bytes needed, but 2 remain"},
		{"long", "00000000000000", func(d *jute.Decoder) { d.Long() }, "jute: offset 0: 8 bytes needed, but 7 remain"},
		{"byte", "", func(d *jute.Decoder) { d.Byte() }, "jute: offset 0: 1 bytes needed, but 0 remain"},
		{"no length", "000000", func(d *jute.Decoder) { d.Ustring() }, "jute: offset 0: 4 bytes needed, but 3 remain"},
		{"ustring", "0000000361", func(d *jute.Decoder) { d.Ustring() }, "jute: offset 4: ustring of length 3, but 1 bytes remain"},
		{"negative ustring", "fffffffe61", func(d *jute.Decoder) { d.Ustring() }, "jute: offset 4: ustring of length -2, but 1 bytes remain"},
		{"buffer", "7fffffff61", func(d *jute.Decoder) { d.Buffer() }, "jute: offset 4: buffer of length 2147483647, but 1 bytes remain"},
		{"negative buffer", "80000000", func(d *jute.Decoder) { d.Buffer() }, "jute: offset 4: buffer of length -2147483648, but 0 bytes remain"},
		{"vector", "0000000300000000000000", func(d *jute.Decoder) { d.VectorLen(4) }, "jute: offset 4: 3 elements of at least 4 bytes, but 7 bytes remain"},
		{"map", "7fffffff00000000000000", func(d *jute.Decoder) { d.MapLen(5) }, "jute: offset 4: 2147483647 elements of at least 5 bytes, but 7 bytes remain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := jute.NewDecoder(unhex(t, c.input))
			c.read(&d)
			require.EqualError(t, d.Err(), c.message)
			var where *jute.DecodeError
			require.True(t, errors.As(d.Err(), &where))
			require.ErrorIs(t, d.Err(), jute.ErrMalformed)
		})
	}
}

// A negative count other than -1 is an empty vector, as Java's loop has it.
func TestNegativeCounts(t *testing.T) {
	d := jute.NewDecoder(unhex(t, "fffffffe"+"80000000"+"ffffffff"+"fffffff0"))
	require.Equal(t, 0, d.VectorLen(1))
	require.Equal(t, 0, d.VectorLen(1))
	require.Equal(t, 0, d.MapLen(1))
	require.Equal(t, 0, d.MapLen(1))
	require.NoError(t, d.Err())
}

// The first error sticks: nothing is read behind it, everything is zero.
func TestErrorSticks(t *testing.T) {
	d := jute.NewDecoder(unhex(t, "0000000100"+"0000000000000000"))
	require.Equal(t, "\x00", d.Ustring())
	d.Failf("a value of %d", 7)
	first := d.Err()
	require.EqualError(t, first, "jute: offset 5: a value of 7")
	require.Zero(t, d.Byte())
	require.False(t, d.Bool())
	require.Zero(t, d.Int())
	require.Zero(t, d.Long())
	require.Zero(t, d.Float())
	require.Zero(t, d.Double())
	require.Equal(t, "", d.Ustring())
	require.Nil(t, d.Buffer())
	require.Zero(t, d.VectorLen(1))
	require.Zero(t, d.MapLen(1))
	require.Zero(t, d.Remaining())
	require.Nil(t, d.Rest())
	d.Failf("another")
	require.Same(t, first, d.Err())
}

// Strings and buffers alias the input; appending to a buffer does not touch it.
func TestAliasing(t *testing.T) {
	in := unhex(t, "000000022f61"+"0000000168"+"77")
	d := jute.NewDecoder(in)
	s, b := d.Ustring(), d.Buffer()
	require.Equal(t, []byte{0x77}, d.Rest())
	require.Equal(t, 1, d.Remaining())
	_ = append(b, 'x')
	require.Equal(t, byte(0x77), in[len(in)-1])
	in[5], in[10] = 'b', 'i'
	require.Equal(t, "/b", s)
	require.Equal(t, []byte("i"), b)
}
