package sim

import (
	"fmt"
	"slices"
	"time"

	"troupe/actors/server"
)

// tick is tickTime.
const tick = 200 * time.Millisecond

// Plan is a run: how the ensemble is made, and what happens to it. Each operation and fault stands for itself, with its time
// and all its values: any of them can be left out. What the plan leaves open, delays above all, is decided by its jitter.
type Plan struct {
	Seed              uint64 // that it was drawn from
	Profile           string // how
	Jitter            uint64
	Even              bool // delays are always the same
	Voters, Observers int
	Callers           []Caller
	Duration          time.Duration // of the part with faults
	Wait              bool          // afterwards, until silent sessions must have ended
	SnapCount         int
	Kept              int           // commitLogCount when it loads
	LastCounter       uint32        // of an epoch; 0: no bound
	Sluggish          int           // of 64 delays so many are long
	Disk              time.Duration // what an fsync of the log takes, at most
	Set               []string      // more lines of the configuration
	Ops               []Op
	Faults            []Fault
	Last              []Op // when all is well again, at once
	Bug               Bug
}

// Bug is a set of deliberate mistakes, of the server and of what it stands on.
type Bug struct {
	server.Sabotage
	SkipFsync      bool // the log's fsync does nothing
	SkipSyncDir    bool // a directory's fsync does nothing
	ForgetAccepted bool // acceptedEpoch is never written
	LoseTouches    bool // learners do not tell the leader which sessions they have heard of
	LoseEvents     bool // of watch events each seventh is lost
}

// Caller is a client.
type Caller struct {
	ID       int
	Timeout  time.Duration
	Begins   time.Duration
	Home     int  // the server that it connects to; 0: any
	ReadOnly bool // it takes one without a quorum, too
}

// Kind of an operation.
type Kind uint8

// The operations of clients.
const (
	Create    Kind = iota // a znode
	Set                   // whatever its version
	SetIf                 // if it has the version that the client saw last
	Delete                // whatever its version
	Get                   // what its server has
	Watch                 // Get, and a watch
	SyncGet               // sync, and then Get
	Ephemeral             // a new ephemeral znode
	Both                  // two znodes in one transaction
	Close                 // the session, and open another one
	Hush                  // fall silent for ever
	Move                  // to another server, and a write where the session was
)

func (k Kind) String() string {
	return [...]string{"create", "set", "setIf", "delete", "get", "watch", "syncGet", "ephemeral", "both", "close", "hush", "move"}[k]
}

// Op is an operation of a client.
type Op struct {
	At     time.Duration
	Client int
	Kind   Kind
	Key    int
	Number int // of the operation: its value
}

func (o Op) String() string {
	return fmt.Sprintf("%7.1f ms client %d: %v k%d (%d)", float64(o.At)/1e6, o.Client, o.Kind, o.Key, o.Number)
}

// Harm is what a fault does.
type Harm uint8

// The faults.
const (
	Power     Harm = iota // the machine loses power: what was not fsynced may be lost, peers hear nothing
	Kill                  // the process is killed
	Fuse                  // the power fails at the Nth operation of the disk from now, or from the first one on the file On
	Pause                 // the process stands still
	Isolate               // nothing gets to it or from it
	Deaf                  // nothing gets to it
	Mute                  // nothing gets from it
	Cut                   // nothing gets from A to B and back
	OneWay                // nothing gets from A to B
	Port                  // A and B cannot reach each other's quorum port; ballots go through
	Slow                  // all that goes from A to B takes long
	Full                  // the disk of A is full after N bytes
	Wipe                  // A loses its disk, if nothing else is wrong: else acknowledged writes may be lost, as with ZooKeeper
	Restore               // A gets back, after For, the files that it has now; if nothing else is wrong
	PowerAll              // the power fails everywhere
	Drop                  // client A loses its connection
	StallLog              // A's log takes nothing: its disk stands still
	StallTree             // A applies nothing
	Torn                  // who sends the next snapshot is killed in the middle of it
)

// Fault is one.
type Fault struct {
	At, For time.Duration
	Harm    Harm
	A, B    int // servers; 0: who leads
	N       int
	On      string
}

// String says it in words.
func (f Fault) String() string {
	a, b := name(f.A), name(f.B)
	s := ""
	switch f.Harm {
	case Power:
		return fmt.Sprintf("%s loses power, and is off for %v", a, f.For)
	case Kill:
		return fmt.Sprintf("%s is killed, and starts again after %v", a, f.For)
	case Fuse:
		s = fmt.Sprintf("%s is to lose power at operation %d of its disk", a, f.N)
		if f.On != "" {
			s += " from the first one on the file " + f.On + " on"
		}
		return s + fmt.Sprintf(", and is to run again after %v", f.For)
	case Pause:
		s = a + " stands still"
	case Isolate:
		s = "nothing gets to " + a + " or from it"
	case Deaf:
		s = "nothing gets to " + a
	case Mute:
		s = "nothing gets from " + a
	case Cut:
		s = "nothing gets from " + a + " to " + b + " and back"
	case OneWay:
		s = "nothing gets from " + a + " to " + b
	case Port:
		s = a + " and " + b + " cannot reach each other's quorum port"
	case Slow:
		s = fmt.Sprintf("what goes from %s to %s takes %d ms more", a, b, f.N)
	case Full:
		s = fmt.Sprintf("the disk of %s is full after %d bytes", a, f.N)
	case Wipe:
		return fmt.Sprintf("%s loses its disk, and starts again after %v", a, f.For)
	case Restore:
		return fmt.Sprintf("the files of %s are copied, to be put back after %v", a, f.For)
	case PowerAll:
		return fmt.Sprintf("all servers lose power, and are off for %v or somewhat longer", f.For)
	case Drop:
		return fmt.Sprintf("client %d loses its connection", f.A)
	case Torn:
		return fmt.Sprintf("who sends the next snapshot is to be killed in the middle of it, and to start again after %v", f.For)
	case StallLog:
		s = a + " logs nothing"
	case StallTree:
		s = a + " applies nothing"
	}
	return fmt.Sprintf("%s for %v", s, f.For)
}

func name(server int) string {
	if server == 0 {
		return "the leader"
	}
	return fmt.Sprintf("server %d", server)
}

// thinned is the plan with those of its items that may stay, by their numbers: operations, faults, and operations at the end.
func (p *Plan) thinned(stays func(item int) bool) *Plan {
	q := *p
	q.Ops, q.Faults, q.Last = nil, nil, nil
	for i, o := range p.Ops {
		if stays(i) {
			q.Ops = append(q.Ops, o)
		}
	}
	for i, f := range p.Faults {
		if stays(len(p.Ops) + i) {
			q.Faults = append(q.Faults, f)
		}
	}
	for i, o := range p.Last {
		if stays(len(p.Ops) + len(p.Faults) + i) {
			q.Last = append(q.Last, o)
		}
	}
	return &q
}

// clone is a plan that can be changed by itself.
func (p *Plan) clone() *Plan {
	q := *p
	q.Ops, q.Faults, q.Last = slices.Clone(p.Ops), slices.Clone(p.Faults), slices.Clone(p.Last)
	q.Callers, q.Set = slices.Clone(p.Callers), slices.Clone(p.Set)
	return &q
}

// items is how many operations and faults there are.
func (p *Plan) items() int { return len(p.Ops) + len(p.Faults) + len(p.Last) }

// timed is how many of them have a time.
func (p *Plan) timed() int { return len(p.Ops) + len(p.Faults) }

// at is when one happens that has a time.
func (p *Plan) at(item int) *time.Duration {
	if item < len(p.Ops) {
		return &p.Ops[item].At
	}
	return &p.Faults[item-len(p.Ops)].At
}

// byTime are the numbers of those items, in the order in which they happen.
func (p *Plan) byTime() []int {
	all := make([]int, p.timed())
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int { return int(*p.at(a) - *p.at(b)) })
	return all
}

// without is the plan without a client.
func (p *Plan) without(client int) *Plan {
	q := p.thinned(func(int) bool { return true })
	of := func(o Op) bool { return o.Client == client }
	q.Ops, q.Last = slices.DeleteFunc(q.Ops, of), slices.DeleteFunc(q.Last, of)
	q.Faults = slices.DeleteFunc(q.Faults, func(f Fault) bool { return f.Harm == Drop && f.A == client })
	q.Callers = slices.DeleteFunc(slices.Clone(p.Callers), func(c Caller) bool { return c.ID == client })
	return q
}
