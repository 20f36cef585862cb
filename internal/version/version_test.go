package version

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What parses Apache's version parses ours: x.y.z, a dash, anything, and a date.
func TestVersionHasApachesForm(t *testing.T) {
	require.Regexp(t, `^3\.8\.0-troupe-\d+\.\d+\.\d+, built on \d{4}-\d\d-\d\d \d\d:\d\d UTC$`, String())
	require.False(t, Built().IsZero())
}
