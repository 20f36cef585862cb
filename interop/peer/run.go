package peer

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Output is what a program printed, and its exit code.
type Output struct {
	All  string // both outputs, as they were mixed
	Code int
}

// Run runs a program with text as its input until it ends; one that does not within limit fails the test.
func Run(t testing.TB, cmd *exec.Cmd, text string, limit time.Duration) Output {
	t.Helper()
	var all bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), &all, &all
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", cmd.Path, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done: // the exit code says what Wait's error would
	case <-ctx.Done():
		_ = cmd.Process.Kill()
		<-done
		t.Fatalf("%s did not end within %v; it printed:\n%s", cmd, limit, all.String())
	}
	return Output{All: all.String(), Code: cmd.ProcessState.ExitCode()}
}
