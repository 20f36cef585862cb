package peer

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Process is a command that runs beside the test, with its output in a file.
type Process struct {
	t       testing.TB
	cmd     *exec.Cmd
	name    string
	logPath string
	done    chan struct{} // closed when the process has ended and was waited for
	asked   bool          // the test has ended it, or waited for its end
}

// spawn starts cmd with both outputs appended to a log below dir. It is killed at the end of the test if it
// still runs then; the last lines of its log are shown if the test failed.
func spawn(t testing.TB, name, dir string, cmd *exec.Cmd) (*Process, error) {
	t.Helper()
	p := &Process{t: t, cmd: cmd, name: name, logPath: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	out, err := os.OpenFile(p.logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = out, out
	// A test binary that is itself killed must not leave servers behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		_ = out.Close()
		return nil, err
	}
	go func() {
		_ = cmd.Wait()
		_ = out.Close()
		close(p.done)
	}()
	return p, nil
}

// Pid is the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Alive reports whether the process has not ended yet.
func (p *Process) Alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends sig to the process; one that has ended already is no error.
func (p *Process) Signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("signal %v to %s: %v", sig, p.name, err)
	}
}

// WaitExit gives the exit code once the process has ended by itself, or -1 if a signal ended it. It fails
// the test if that takes longer than limit.
func (p *Process) WaitExit(limit time.Duration) int {
	p.t.Helper()
	p.asked = true
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		p.t.Fatalf("%s (pid %d) still runs after %v; its log ends:\n%s", p.name, p.Pid(), limit, p.LogTail(40))
		return 0
	}
}

// Kill ends the process with SIGKILL, as a crash would, and waits until it is gone.
func (p *Process) Kill() {
	p.asked = true
	p.kill()
}

func (p *Process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// cleanUp ends the process with the test. The log of one that the test has ended itself is of no interest.
func (p *Process) cleanUp() {
	p.kill()
	if p.t.Failed() && !p.asked {
		p.t.Logf("log of %s (pid %d) ends:\n%s", p.name, p.Pid(), p.LogTail(30))
	}
}

// Log is all that the process has printed so far.
func (p *Process) Log() string {
	b, err := os.ReadFile(p.logPath)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// LogTail is the last n lines of Log.
func (p *Process) LogTail(n int) string {
	lines := strings.Split(strings.TrimRight(p.Log(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// RSS is the resident memory of the process in bytes, from /proc; 0 if it has ended.
func (p *Process) RSS() int64 {
	b, err := os.ReadFile(filepath.Join("/proc", itoa(p.Pid()), "status"))
	if err != nil {
		return 0
	}
	for _, line := range bytes.Split(b, []byte("\n")) {
		if kb, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			return atoi(strings.TrimSuffix(strings.TrimSpace(string(kb)), " kB")) << 10
		}
	}
	return 0
}

// Descriptors is the number of open file descriptors of the process, from /proc.
func (p *Process) Descriptors() int {
	entries, err := os.ReadDir(filepath.Join("/proc", itoa(p.Pid()), "fd"))
	if err != nil {
		return 0
	}
	return len(entries)
}
