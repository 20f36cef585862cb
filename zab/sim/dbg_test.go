package sim

import (
	"fmt"
	"testing"
)

func TestDbg(t *testing.T) {
	n := 0
	for seed := range uint64(12000) {
		_, found := run(seed, 3+2*int(seed%2), 1, bug{})
		if found != "" {
			fmt.Println(seed, found)
			n++
			if n > 8 {
				break
			}
		}
	}
}
