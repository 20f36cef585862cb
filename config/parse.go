package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// parseFunc puts a written value into its field. suffix is the variable part of the key's name. It returns a
// problem for a value that cannot be used, and an adjustment for one that is taken otherwise than written.
type parseFunc func(c *Config, suffix, value string) error

// problem is a fault without its place.
type problem struct{ what, remedy string }

func (p problem) Error() string { return p.what + ": " + p.remedy }

// adjustment says how a value was taken.
type adjustment string

func (a adjustment) Error() string { return string(a) }

func text(field func(*Config) *string) parseFunc {
	return func(c *Config, _, value string) error {
		*field(c) = value
		return nil
	}
}

// list takes values separated by commas.
func list(field func(*Config) *[]string) parseFunc {
	return func(c *Config, _, value string) error {
		var all []string
		for _, one := range strings.Split(value, ",") {
			if one = strings.TrimSpace(one); one != "" {
				all = append(all, one)
			}
		}
		*field(c) = all
		return nil
	}
}

// boolean takes true and false only, as Apache does for the keys that it reads from zoo.cfg.
func boolean(field func(*Config) *bool) parseFunc {
	return func(c *Config, _, value string) error {
		switch strings.ToLower(value) {
		case "true":
			*field(c) = true
		case "false":
			*field(c) = false
		default:
			return problem{"is neither true nor false", "write one of the two"}
		}
		return nil
	}
}

// lenient is a boolean that Apache reads as a Java property: whatever is not true is false.
func lenient(field func(*Config) *bool) parseFunc {
	return func(c *Config, _, value string) error {
		*field(c) = strings.EqualFold(value, "true")
		if !*field(c) && !strings.EqualFold(value, "false") {
			return adjustment("is not true, so it is taken as false")
		}
		return nil
	}
}

// unlessNo is true for everything but no.
func unlessNo(field func(*Config) *bool) parseFunc {
	return func(c *Config, _, value string) error {
		*field(c) = value != "no"
		if *field(c) && value != "yes" {
			return adjustment("is not no, so it is taken as yes")
		}
		return nil
	}
}

// ifYes is true for yes only.
func ifYes(field func(*Config) *bool) parseFunc {
	return func(c *Config, _, value string) error {
		*field(c) = value == "yes"
		if !*field(c) && value != "no" {
			return adjustment("is not yes, so it is taken as no")
		}
		return nil
	}
}

func whole(field func(*Config) *int) parseFunc {
	return func(c *Config, _, value string) error {
		n, err := number(value, 32)
		if err != nil {
			return err
		}
		*field(c) = int(n)
		return nil
	}
}

func millis(field func(*Config) *time.Duration) parseFunc { return units(field, time.Millisecond) }

func seconds(field func(*Config) *time.Duration) parseFunc { return units(field, time.Second) }

func units(field func(*Config) *time.Duration, unit time.Duration) parseFunc {
	return func(c *Config, _, value string) error {
		d, err := duration(value, unit)
		if err != nil {
			return err
		}
		*field(c) = d
		return nil
	}
}

// hours takes a number of hours, or a number with a unit as ZooKeeper 3.10 does: 90m, 36h, 7d.
func hours(field func(*Config) *time.Duration) parseFunc {
	return func(c *Config, _, value string) error {
		digits, unit := value, time.Hour
		for _, u := range []struct {
			suffix string
			unit   time.Duration
		}{{"ms", time.Millisecond}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}} {
			if rest, ok := strings.CutSuffix(value, u.suffix); ok {
				digits, unit = rest, u.unit
				break
			}
		}
		d, err := duration(strings.TrimSpace(digits), unit)
		if err != nil {
			return err
		}
		*field(c) = d
		return nil
	}
}

// kibibytes takes a number of KiB and keeps bytes; a negative number stays as it is.
func kibibytes(field func(*Config) *int64) parseFunc {
	return func(c *Config, _, value string) error {
		n, err := number(value, 64)
		if err != nil {
			return err
		}
		if n > math.MaxInt64/1024 {
			return problem{"is too large", "write a number of KiB"}
		}
		if n > 0 {
			n *= 1024
		}
		*field(c) = n
		return nil
	}
}

func decimal(field func(*Config) *float64) parseFunc {
	return func(c *Config, _, value string) error {
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return problem{"is not a number", "write a decimal fraction such as 0.5"}
		}
		*field(c) = f
		return nil
	}
}

// anything accepts a value that nothing depends on.
func anything(*Config, string, string) error { return nil }

// number reads digits with a sign as Java's Integer.parseInt and Long.parseLong do, and hexadecimal digits
// after 0x as Integer.decode does: ZooKeeper's own documentation writes jute.maxbuffer as 0xfffff.
func number(value string, bits int) (int64, error) {
	digits, base := value, 10
	if rest, ok := strings.CutPrefix(strings.ToLower(value), "0x"); ok {
		digits, base = rest, 16
	}
	n, err := strconv.ParseInt(digits, base, bits)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, problem{"is too large", "write a number of at most " + strconv.Itoa(bits) + " bits"}
	case err != nil:
		return 0, problem{"is not a whole number", "write digits only"}
	}
	return n, nil
}

func duration(value string, unit time.Duration) (time.Duration, error) {
	n, err := number(value, 64)
	if err != nil {
		return 0, err
	}
	if n > math.MaxInt64/int64(unit) || n < math.MinInt64/int64(unit) {
		return 0, problem{"is too large", "write a time of less than 292 years"}
	}
	return time.Duration(n) * unit, nil
}
