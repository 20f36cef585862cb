package jute_test

import (
	"testing"

	"troupe/jute"
)

func BenchmarkAppend(b *testing.B) {
	for _, h := range hotRecords() {
		b.Run(h.name, func(b *testing.B) {
			buf := h.record.Append(nil)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				buf = h.record.Append(buf[:0])
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, h := range hotRecords() {
		b.Run(h.name, func(b *testing.B) {
			buf := h.record.Append(nil)
			into := blank(h.record)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			var d jute.Decoder
			for b.Loop() {
				d = jute.NewDecoder(buf)
				into.Decode(&d)
			}
		})
	}
}

// The archives are for what is not hot; this shows what they cost.
func BenchmarkArchives(b *testing.B) {
	r := hotRecords()[6].record // CreateRequest
	b.Run("Binary", func(b *testing.B) {
		for b.Loop() {
			_ = r.Serialize(jute.NewBinaryOutput(nil), "")
		}
	})
	b.Run("CSV", func(b *testing.B) {
		for b.Loop() {
			_ = r.Serialize(jute.NewCSVOutput(nil, jute.Portable), "")
		}
	})
	b.Run("XML", func(b *testing.B) {
		for b.Loop() {
			_ = r.Serialize(jute.NewXMLOutput(nil, jute.Portable), "")
		}
	})
}
