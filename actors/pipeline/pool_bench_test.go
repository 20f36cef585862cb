package pipeline

import "testing"

func BenchmarkPool(b *testing.B) {
	var p Pool
	for _, read := range []bool{false, true} {
		b.Run(map[bool]string{false: "write", true: "read"}[read], func(b *testing.B) {
			for b.Loop() {
				r := p.Get()
				r.Read = read
				p.Put(r)
			}
		})
	}
}
