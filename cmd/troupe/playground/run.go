package playground

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Options of a run.
type Options struct {
	Program  string // troupe itself
	Dir      string
	Members  []Member
	Logs     bool // show the servers' logs too
	Out      io.Writer
	Signals  <-chan os.Signal // the first stops all
	Echo     time.Duration    // signals this soon after the first are the same wish
	Patience time.Duration    // how long the servers may take to stop
}

// happening is a line of a server's log, or its end.
type happening struct {
	*process
	line  []byte
	ended bool
}

// process is a server that runs.
type process struct {
	Member
	cmd  *exec.Cmd
	gone bool
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// Run starts the servers and tells what happens until a signal comes; then it stops them. It starts none again.
func Run(o Options) error {
	happenings := make(chan happening, 64)
	r := &run{Options: o}
	for _, m := range o.Members {
		p, err := start(o.Program, m, happenings)
		if err != nil {
			r.signal(os.Kill)
			return fmt.Errorf("server %d cannot be started: %w", m.ID, err)
		}
		r.processes = append(r.processes, p)
	}
	r.greet()
	for r.living() > 0 {
		select {
		case h := <-happenings:
			r.tell(h)
		case <-o.Signals:
			return r.stop(happenings)
		}
	}
	return errors.New("all servers have ended")
}

// start starts one server; what it says comes through happenings, its end as the last.
func start(program string, m Member, happenings chan<- happening) (*process, error) {
	p := &process{Member: m, cmd: exec.Command(program, "serve", m.Config, "--log-format", "json")}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		lines := bufio.NewReader(out)
		for {
			line, err := lines.ReadBytes('\n')
			if len(line) > 0 {
				happenings <- happening{process: p, line: line}
			}
			if err != nil {
				break
			}
		}
		_ = p.cmd.Wait() // how it ended stands in the ProcessState
		happenings <- happening{process: p, ended: true}
	}()
	return p, nil
}

// run is a playground at work; one goroutine has it.
type run struct {
	Options
	processes []*process
	stopping  bool
	failed    []string // servers that did not stop cleanly
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Out, format+"\n", args...) }

func (r *run) greet() {
	var clients []string
	for _, p := range r.processes {
		clients = append(clients, p.Client)
	}
	r.say("A playground in %s", r.Dir)
	for _, p := range r.processes {
		kind := "server  "
		if p.Observer {
			kind = "observer"
		}
		r.say("  %s %d   pid %-7d clients at %s", kind, p.ID, p.pid(), p.Client)
	}
	r.say("  connect with   zkCli.sh -server %s", strings.Join(clients, ","))
	r.say("  ask with       printf mntr | nc %s", strings.Replace(clients[0], ":", " ", 1))
	r.say("  now try        kill -9 PID, or kill -STOP PID and kill -CONT PID, and watch; Ctrl-C stops all\n")
}

func (r *run) tell(h happening) {
	switch {
	case h.ended:
		h.gone = true
		r.tellEnd(h.process)
	default:
		if r.Logs {
			r.say("%4d| %s", h.ID, readable(h.line))
		}
		if s := story(h.line); s != "" {
			r.say("===> server %d %s", h.ID, s)
		}
	}
}

func (r *run) tellEnd(p *process) {
	state := p.cmd.ProcessState
	if r.stopping {
		r.say("===> server %d has stopped (%s)", p.ID, state)
		if !state.Success() {
			r.failed = append(r.failed, fmt.Sprintf("server %d: %s", p.ID, state))
		}
		return
	}
	r.say("===> server %d (pid %d) has ended: %s. To bring it back: %s serve %s", p.ID, p.pid(), state, r.Program, p.Config)
}

func (r *run) living() (n int) {
	for _, p := range r.processes {
		if !p.gone {
			n++
		}
	}
	return n
}

// signal sends a signal to all servers that live. One that has just ended is no error.
func (r *run) signal(s os.Signal) {
	for _, p := range r.processes {
		if !p.gone {
			_ = p.cmd.Process.Signal(s)
		}
	}
}

// stop ends all servers in good order. Paused ones are woken up for it; who takes too long is killed, and so are all at a
// second signal.
func (r *run) stop(happenings <-chan happening) error {
	r.stopping = true
	r.say("===> stopping %d servers", r.living())
	r.signal(syscall.SIGTERM)
	r.signal(syscall.SIGCONT)
	began := time.Now()
	late := time.NewTimer(r.Patience)
	defer late.Stop()
	for r.living() > 0 {
		select {
		case h := <-happenings:
			r.tell(h)
		case <-late.C:
			r.signal(os.Kill)
		case <-r.Signals:
			if time.Since(began) >= r.Echo {
				r.signal(os.Kill)
			}
		}
	}
	if len(r.failed) > 0 {
		return fmt.Errorf("not all stopped cleanly: %s", strings.Join(r.failed, ", "))
	}
	r.say("All have stopped. To go on where they were: troupe playground --dir %s", r.Dir)
	return nil
}
