//go:build interop

package clients

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func portOf(t *testing.T, addr string) int {
	t.Helper()
	var n int
	_, err := fmt.Sscanf(addr, "127.0.0.1:%d", &n)
	require.NoError(t, err)
	return n
}
