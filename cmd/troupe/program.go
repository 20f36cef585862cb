package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"troupe/bench"
	"troupe/config"
)

// program is troupe with all that it touches of the world, so that a test can hand it another one.
type program struct {
	out, err io.Writer
	terminal bool             // err is a terminal
	signals  <-chan os.Signal // SIGINT and SIGTERM
	echo     time.Duration    // signals this soon after the first are the same wish: timeout(1) signals a process and its group
	start    starter
	readFile config.ReadFile
}

// starter starts a server that is not yet to be found under any address when it begins, and is when it ends.
type starter func(*config.Config, zerolog.Logger) (runningServer, error)

// runningServer is *server.Server as serve needs it.
type runningServer interface {
	Addr() string                   // host:port where clients connect
	Done() <-chan error             // one error, or closed, when the server ended by itself
	Stop(ctx context.Context) error // finishes what is acknowledged and closes the log
}

// Exit codes, as far as they are decided here. They are ZooKeeper's; errors of other packages carry theirs in a
// method ExitCode.
const (
	exitOK         = 0
	exitUnexpected = 1
	exitInvocation = 2
	exitSignal     = 128 // and the number of the signal: what a shell tells of a program that a signal ended
)

// exitError is an error with the code with which the process is to end.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }
func (e exitError) ExitCode() int { return e.code }

// run carries out one command line and returns the exit code. What cannot be carried out because of how it was
// asked is code 2.
func (p program) run(args []string) int {
	begun := false
	root := &cobra.Command{
		Use:               "troupe",
		Short:             "A coordination server for every ZooKeeper client",
		Long:              "Troupe is a coordination server that speaks ZooKeeper's protocols and file formats.",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { begun = true },
	}
	root.AddCommand(p.serveCommand(), p.playgroundCommand(), bench.Command(), p.versionCommand())
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetArgs(args)
	command, err := root.ExecuteC()
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(p.err, "troupe: %v\n", err)
	if !begun {
		fmt.Fprintf(p.err, "Run '%s --help' for usage.\n", command.CommandPath())
		return exitInvocation
	}
	return exitCode(err)
}

// exitCode is the code that an error carries; the first that is found counts.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return exitUnexpected
}
