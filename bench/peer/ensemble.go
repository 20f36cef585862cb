package peer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"troupe/bench/load"
)

// Size is how many servers make one service. The zero value is a standalone server.
type Size struct{ Voters, Observers int }

// Alone says that the service is a single server that knows of no others.
func (s Size) Alone() bool { return s.Voters <= 1 && s.Observers == 0 }

func (s Size) String() string {
	switch {
	case s.Alone():
		return "standalone"
	case s.Observers > 0:
		return fmt.Sprintf("%d members, %d observers", s.Voters, s.Observers)
	}
	return fmt.Sprintf("%d members", s.Voters)
}

// Member is one server of an ensemble as all of them know it: server.ID of zoo.cfg.
type Member struct {
	ID                             int
	ClientPort, PeerPort, VotePort int
	Observer                       bool
}

// Role is what a member says that it is.
type Role string

// The roles, in the words of the four-letter word srvr.
const (
	Standalone Role = "standalone"
	Leader     Role = "leader"
	Follower   Role = "follower"
	Observer   Role = "observer"
)

// Ensemble is the running servers that together are one service. One alone is an ensemble too.
type Ensemble struct {
	Kind    Kind
	Members []*Server
}

// StartEnsemble starts all members in directories of their own below o.Dir and waits until
// each of them gives out sessions.
func StartEnsemble(ctx context.Context, kind Kind, o Options, size Size) (*Ensemble, error) {
	e := &Ensemble{Kind: kind}
	if err := e.start(ctx, o, size); err != nil {
		return nil, errors.Join(err, e.Kill())
	}
	return e, nil
}

func (e *Ensemble) start(ctx context.Context, o Options, size Size) (err error) {
	if o.Members, err = members(size); err != nil {
		return err
	}
	root := o.Dir
	for _, m := range o.Members {
		if o.Self = m; !size.Alone() {
			o.Dir = filepath.Join(root, fmt.Sprintf("server.%d", m.ID))
			if err := os.MkdirAll(o.Dir, 0o755); err != nil {
				return fmt.Errorf("peer: %w", err)
			}
		}
		s := newServer(e.Kind, o)
		if err := s.spawn(); err != nil {
			return err
		}
		e.Members = append(e.Members, s)
	}
	for _, s := range e.Members {
		if _, err := s.await(ctx, time.Now(), nil); err != nil {
			return err
		}
	}
	return nil
}

// members finds ports for all.
func members(size Size) ([]Member, error) {
	all := make([]Member, max(size.Voters, 1)+size.Observers)
	taken := map[int]bool{}
	for i := range all {
		m := &all[i]
		m.ID, m.Observer = i+1, i >= max(size.Voters, 1)
		for _, port := range []*int{&m.ClientPort, &m.PeerPort, &m.VotePort} {
			for *port == 0 || taken[*port] {
				var err error
				if *port, err = freePort(); err != nil {
					return nil, err
				}
			}
			taken[*port] = true
		}
	}
	return all, nil
}

// Address names all members, as a client's connect string does.
func (e *Ensemble) Address() string { return Addresses(e.Members) }

// Addresses is a connect string: the members' addresses with commas between them.
func Addresses(members []*Server) string {
	all := make([]string, len(members))
	for i, m := range members {
		all[i] = m.Address
	}
	return strings.Join(all, ",")
}

// In lists the members that are in a role now.
func (e *Ensemble) In(ctx context.Context, role Role) ([]*Server, error) {
	var found []*Server
	for _, m := range e.Members {
		got, err := m.Role(ctx)
		if err != nil {
			return nil, err
		}
		if got == role {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("peer: no server of %s is %s", e.Kind.Name(), role)
	}
	return found, nil
}

// Leader is the one server that all writes go through.
func (e *Ensemble) Leader(ctx context.Context) (*Server, error) {
	if len(e.Members) == 1 {
		return e.Members[0], nil
	}
	found, err := e.In(ctx, Leader)
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// Usage is what all members together have cost until now.
func (e *Ensemble) Usage() (sum Usage, err error) {
	for _, m := range e.Members {
		u, err := m.Usage()
		if err != nil {
			return Usage{}, err
		}
		sum.CPU, sum.RSS = sum.CPU+u.CPU, sum.RSS+u.RSS
	}
	return sum, nil
}

// Stop ends all members, the last started first.
func (e *Ensemble) Stop() error { return e.each((*Server).Stop) }

// Kill ends all members with SIGKILL.
func (e *Ensemble) Kill() error { return e.each((*Server).Kill) }

func (e *Ensemble) each(f func(*Server) error) (err error) {
	for i := len(e.Members) - 1; i >= 0; i-- {
		err = errors.Join(err, f(e.Members[i]))
	}
	return err
}

// Role asks the server what it is.
func (s *Server) Role(ctx context.Context) (Role, error) {
	answer, err := load.Word(ctx, s.Address, "srvr")
	if err != nil {
		return "", fmt.Errorf("peer: %s: %w", s.Kind.Name(), err)
	}
	for line := range strings.Lines(answer) {
		if mode, ok := strings.CutPrefix(line, "Mode: "); ok {
			return Role(strings.TrimSpace(mode)), nil
		}
	}
	return "", fmt.Errorf("peer: %s does not tell its role: %.100q", s.Kind.Name(), answer)
}
