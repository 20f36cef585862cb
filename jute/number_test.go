package jute

import (
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Numbers look as Java's Double.toString and Float.toString print them.
func TestAppendFloat(t *testing.T) {
	for _, c := range []struct {
		v    float64
		bits int
		want string
	}{
		{0, 64, "0.0"}, {math.Copysign(0, -1), 64, "-0.0"}, {1, 64, "1.0"}, {-1.5, 64, "-1.5"}, {100, 64, "100.0"},
		{0.001, 64, "0.001"}, {0.00099, 64, "9.9E-4"}, {0.0125, 64, "0.0125"}, {9999999, 64, "9999999.0"},
		{9999999.999999998, 64, "9999999.999999998"}, {1e7, 64, "1.0E7"}, {123456789, 64, "1.23456789E8"},
		{1e-300, 64, "1.0E-300"}, {math.MaxFloat64, 64, "1.7976931348623157E308"}, {math.SmallestNonzeroFloat64, 64, "4.9E-324"},
		{1e23, 64, "1.0E23"}, {math.MaxFloat32, 64, "3.4028234663852886E38"}, {math.MaxFloat32, 32, "3.4028235E38"},
		{math.SmallestNonzeroFloat32, 32, "1.4E-45"}, {float64(float32(0.1)), 32, "0.1"}, {float64(float32(0.1)), 64, "0.10000000149011612"},
		{math.NaN(), 64, "NaN"}, {math.Inf(1), 64, "Infinity"}, {math.Inf(-1), 32, "-Infinity"},
	} {
		require.Equal(t, c.want, string(appendFloat(nil, c.v, c.bits)))
	}
}

// What is printed is read back as the same number.
func TestFloatRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := math.Float64frombits(rapid.Uint64().Draw(t, "bits"))
		got, err := parseFloat(string(appendFloat(nil, v, 64)), 64)
		require.NoError(t, err)
		require.True(t, got == v || got != got && v != v)

		w := math.Float32frombits(rapid.Uint32().Draw(t, "bits32"))
		got, err = parseFloat(string(appendFloat(nil, float64(w), 32)), 32)
		require.NoError(t, err)
		require.True(t, float32(got) == w || got != got && w != w)
	})
}

func TestParseFloat(t *testing.T) {
	for s, want := range map[string]float64{"1": 1, "+1.5e3": 1500, "1e999": math.Inf(1), "-1e999": math.Inf(-1), ".5": 0.5, "+Infinity": math.Inf(1)} {
		got, err := parseFloat(s, 64)
		require.NoError(t, err, s)
		require.Equal(t, want, got, s)
	}
	for _, s := range []string{"", "inf", "nan", "0x10", "1_000", "1.5f", "--1", "e", " 1"} {
		_, err := parseFloat(s, 64)
		require.ErrorContains(t, err, strconv.Quote(s)+" is not a number")
	}
}

// Every buffer in Java's form that is read is read as what was written.
func TestUnpaddedHexIsNeverWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 8, 0x0f, 0x10, 0x18, 0x7f, 0x80, 0xff}), 1, 6).Draw(t, "in")
		text := Java.appendHex(nil, in)
		if len(text)%2 == 0 {
			return // read as two digits a byte
		}
		if got, err := parseHex(text); err == nil {
			require.Equal(t, in, got, "%s", text)
		}
	})
}
