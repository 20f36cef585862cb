package jute_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/internal/recordtest"
)

// A frame cannot make the decoder allocate more than in proportion to it, whatever
// counts and lengths it claims.
func TestAllocationIsBoundedByTheFrame(t *testing.T) {
	frames := map[string][]byte{
		"huge counts":    bytes.Repeat([]byte{0x7f, 0xff, 0xff, 0xff}, 10),
		"all ones":       bytes.Repeat([]byte{0xff}, 40),
		"zeros":          make([]byte, 64<<10),
		"small counts":   bytes.Repeat([]byte{0, 0, 0, 1}, 16<<10),
		"fitting counts": append(binary.BigEndian.AppendUint32(nil, 16<<10-1), bytes.Repeat([]byte{0xff}, 64<<10)...),
	}
	// The same counts behind a path and a buffer, or a number, as vectors stand.
	for _, name := range []string{"huge counts", "fitting counts"} {
		for _, lead := range []int{4, 8, 12} {
			frames[fmt.Sprintf("%s behind %d bytes", name, lead)] = append(make([]byte, lead), frames[name]...)
		}
	}
	for name, r := range recordtest.All() {
		for kind, frame := range frames {
			used := allocated(func() {
				d := jute.NewDecoder(frame)
				blank(r).Decode(&d)
			})
			require.LessOrEqual(t, used, uint64(6*len(frame)+2048), "%s, %s: Decode", name, kind)
			used = allocated(func() {
				_ = blank(r).Deserialize(jute.NewBinaryInput(frame), "")
			})
			require.LessOrEqual(t, used, uint64(40*len(frame)+4096), "%s, %s: Deserialize", name, kind)
		}
	}
}

// allocated is how many bytes f takes from the heap. The least of three runs
// counts: the runtime allocates now and then too.
func allocated(f func()) uint64 {
	least := uint64(math.MaxUint64)
	for range 3 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}

// The text archives do not go on for ever, or take memory without bound, on
// vectors whose elements may be nothing at all.
func TestTextInputEnds(t *testing.T) {
	for name, r := range recordtest.All() {
		for _, in := range []string{"", "\n", ",,,,,,", "v{", "v{\n", "1,v{", "77,v{,", "'/a,,v{", "#,v{s{", "s{", "v{v{v{", "}"} {
			for _, tag := range []string{"", "t"} {
				used := allocated(func() { _ = blank(r).Deserialize(jute.NewCSVInput([]byte(in)), tag) })
				require.Less(t, used, uint64(16<<10), "%s %q", name, in)
			}
		}
		for _, in := range []string{"<struct>", "<struct><array>", "<array>", "<struct></array>", "<struct><ex:i8>1</ex:i8><array>"} {
			require.Error(t, blank(r).Deserialize(jute.NewXMLInput([]byte(in)), ""), "%s %q", name, in)
		}
	}
}
