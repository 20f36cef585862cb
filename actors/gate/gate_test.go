package gate

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever shuts the gate is alone, whatever doors the others come by; who enters sees all that was done behind it.
func TestShutExcludesAll(t *testing.T) {
	var g Gate
	var guarded [2]int // equal whenever the gate is not shut
	var all sync.WaitGroup
	for loop := range 2 * doors {
		all.Go(func() {
			for range 500 {
				g.EnterBy(loop)
				a, b := guarded[0], guarded[1]
				g.LeaveBy(loop)
				if a != b {
					panic("entered a shut gate")
				}
			}
		})
	}
	for range 2 {
		all.Go(func() {
			for range 500 {
				g.Shut()
				guarded[0]++
				guarded[1]++
				g.Open()
			}
		})
	}
	all.Wait()
	require.Equal(t, [2]int{1000, 1000}, guarded)
}
