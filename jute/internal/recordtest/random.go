package recordtest

import (
	"math"
	"reflect"

	"pgregory.net/rapid"

	"troupe/jute"
)

// Limits restrict random records to what a format can carry.
type Limits struct {
	// NoNull leaves out null ustrings, buffers and vectors, and empty buffers.
	NoNull bool
	// NoNullElements does the same inside vectors and maps only.
	NoNullElements bool
	// Text draws ustrings; nil draws any valid UTF-8.
	Text *rapid.Generator[string]
}

// XMLText draws what XML can carry: not U+FFFE and U+FFFF.
func XMLText() *rapid.Generator[string] {
	return rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0xfffe && r != 0xffff }))
}

// Fill sets every field of a record at random.
func Fill(t *rapid.T, r jute.Record, l Limits) {
	if l.Text == nil {
		l.Text = rapid.String()
	}
	l.fill(t, reflect.ValueOf(r).Elem(), "")
}

func (l Limits) fill(t *rapid.T, v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			l.fill(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Int8, reflect.Int32, reflect.Int64:
		size := v.Type().Bits() - 1
		v.SetInt(rapid.Int64Range(-1<<size, 1<<size-1).Draw(t, name))
	case reflect.Float32:
		v.SetFloat(float64(rapid.OneOf(rapid.Float32(), rapid.SampledFrom(floats[float32]())).Draw(t, name)))
	case reflect.Float64:
		v.SetFloat(rapid.OneOf(rapid.Float64(), rapid.SampledFrom(floats[float64]())).Draw(t, name))
	case reflect.String:
		if l.null(t, name) {
			v.SetString(jute.Null)
			return
		}
		v.SetString(l.Text.Draw(t, name))
	case reflect.Slice:
		l.fillSlice(t, v, name)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, name+" len") {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			l.inner(true).fill(t, key, name+" key") // a null key is none
			l.inner(l.NoNullElements).fill(t, value, name+" value")
			v.SetMapIndex(key, value)
		}
	default:
		t.Fatalf("%s: no record has a %s", name, v.Type())
	}
}

func (l Limits) fillSlice(t *rapid.T, v reflect.Value, name string) {
	if l.null(t, name) {
		v.SetZero()
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		least := 0
		if l.NoNull {
			least = 1
		}
		v.SetBytes(rapid.SliceOfN(rapid.Byte(), least, 40).Draw(t, name))
		return
	}
	n := rapid.IntRange(0, 3).Draw(t, name+" len")
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		l.inner(l.NoNullElements).fill(t, v.Index(i), name+" element")
	}
}

// inner are the limits of what is inside a vector or a map.
func (l Limits) inner(noNull bool) Limits {
	l.NoNull = l.NoNull || noNull
	return l
}

func (l Limits) null(t *rapid.T, name string) bool {
	return !l.NoNull && rapid.IntRange(0, 7).Draw(t, name+" null") == 0
}

// floats are the numbers that are worth a look.
func floats[T float32 | float64]() []T {
	return []T{0, 1, -1, 0.1, 1e-3, 9.999999e-4, 1e7, 9999999, 1e10, 123456.789,
		T(math.Inf(1)), T(math.Inf(-1)), math.SmallestNonzeroFloat32, math.MaxFloat32}
}
