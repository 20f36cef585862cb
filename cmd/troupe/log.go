package main

import (
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
)

// newLog makes the one logger of the process.
func newLog(w io.Writer, level, format string, terminal bool) (zerolog.Logger, error) {
	l, err := zerolog.ParseLevel(level)
	if err != nil || l == zerolog.NoLevel {
		return zerolog.Nop(), fmt.Errorf("--log-level %q is none of trace, debug, info, warn, error", level)
	}
	switch format {
	case "json":
	case "auto", "console":
		if format == "console" || terminal {
			w = zerolog.ConsoleWriter{Out: w, NoColor: !terminal, TimeFormat: time.RFC3339}
		}
	default:
		return zerolog.Nop(), fmt.Errorf("--log-format %q is none of console, json, auto", format)
	}
	return zerolog.New(w).Level(l).With().Timestamp().Logger(), nil
}
