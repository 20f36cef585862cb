package peer

import "strconv"

func itoa(n int) string { return strconv.Itoa(n) }

// atoi reads a number that this package has just cut out of text of a known form; anything else is 0.
func atoi(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
