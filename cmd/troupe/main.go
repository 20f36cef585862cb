// Command troupe is the server and its tools in one program.
//
//	troupe serve [zoo.cfg]    runs a server in the foreground
//	troupe playground         runs an ensemble on this machine, to try things with
//	troupe bench              compares this server with others on this machine
//	troupe version            tells the version
//
// This package reads flags, handles signals and sets up the log, once; everything else is told to packages that
// know neither. It may import config, actors and bench, and nothing below them.
package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	p := program{out: os.Stdout, err: os.Stderr, terminal: isTerminal(os.Stderr), signals: signals, echo: time.Second / 2, start: startServer, readFile: os.ReadFile}
	os.Exit(p.run(os.Args[1:]))
}

// isTerminal tells whether a person looks at the file.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
