package jute

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// appendFloat writes a number as Java's Double.toString (bits 64) or
// Float.toString (bits 32) does: the shortest digits that give the number back,
// plain from 10^-3 up to 10^7, otherwise as 1.0E10, always with a digit behind the
// point.
func appendFloat(dst []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(dst, "NaN"...)
	case math.Signbit(v):
		dst = append(dst, '-')
		v = -v
	}
	switch {
	case math.IsInf(v, 0):
		return append(dst, "Infinity"...)
	case v == 0:
		return append(dst, "0.0"...)
	}
	s := strconv.FormatFloat(v, 'e', -1, bits)
	if s[1] == 'e' { // Java takes the nearest of two digits when one would do
		s = strconv.FormatFloat(v, 'e', 1, bits)
	}
	mantissa, exponent, _ := strings.Cut(s, "e")
	exp, _ := strconv.Atoi(exponent)
	if exp < -3 || exp >= 7 {
		dst = append(dst, mantissa...)
		dst = append(dst, 'E')
		return strconv.AppendInt(dst, int64(exp), 10)
	}
	return appendPlain(dst, strings.TrimRight(mantissa[:1]+mantissa[2:], "0"), exp)
}

// appendPlain writes digits with the point behind the first one shifted by exp.
func appendPlain(dst []byte, digits string, exp int) []byte {
	if exp < 0 {
		dst = append(dst, "0."...)
		dst = append(dst, strings.Repeat("0", -exp-1)...)
		return append(dst, digits...)
	}
	if len(digits) < exp+2 {
		digits += strings.Repeat("0", exp+2-len(digits))
	}
	dst = append(dst, digits[:exp+1]...)
	dst = append(dst, '.')
	return append(dst, digits[exp+1:]...)
}

// parseFloat reads what appendFloat writes, and any decimal number. One that is
// too large is infinite, as in Java.
func parseFloat(s string, bits int) (float64, error) {
	switch s {
	case "NaN":
		return math.NaN(), nil
	case "Infinity", "+Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	if strings.Trim(s, "+-.0123456789eE") == "" {
		v, err := strconv.ParseFloat(s, bits)
		if err == nil || math.IsInf(v, 0) {
			return v, nil
		}
	}
	return 0, fmt.Errorf("%s is not a number", quote(s))
}

// parseInt reads a decimal number of so many bits.
func parseInt(s string, bits int) (int64, error) {
	v, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		return 0, fmt.Errorf("%s is not a whole number of %d bits", quote(s), bits)
	}
	return v, nil
}

// quote shows input in an error message, cut to a line's worth.
func quote(s string) string {
	if len(s) > 40 {
		return strconv.Quote(s[:40]) + "..."
	}
	return strconv.Quote(s)
}
