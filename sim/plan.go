package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"troupe/actors/server"
)

// tick is tickTime.
const tick = 200 * time.Millisecond

// Plan is a run: how the ensemble is made, and what happens to it. With its seed, which decides all that the plan leaves
// open, it is the whole run.
type Plan struct {
	Seed              uint64
	Voters, Observers int
	Clients           int
	Duration          time.Duration // of the part with faults
	SnapCount         int
	Kept              int           // commitLogCount when it loads
	LastCounter       uint32        // of an epoch; 0: no bound
	Sluggish          int           // of 64 delays so many are long
	Disk              time.Duration // what an fsync of the log takes, at most
	Ops               []Op
	Faults            []Fault
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
)

func (k Kind) String() string {
	return [...]string{"create", "set", "setIf", "delete", "get", "watch", "syncGet", "ephemeral", "both", "close", "hush"}[k]
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
	Power    Harm = iota // the machine loses power: what was not fsynced may be lost, peers hear nothing
	Kill                 // the process is killed
	Fuse                 // the power fails at the Nth operation of the disk from now
	Pause                // the process stands still
	Isolate              // nothing gets to it or from it
	Deaf                 // nothing gets to it
	Mute                 // nothing gets from it
	Cut                  // nothing gets from A to B and back
	OneWay               // nothing gets from A to B
	Slow                 // all that goes from A to B takes long
	Full                 // the disk of A is full after N bytes
	Wipe                 // A loses its disk, if nothing else is wrong: else acknowledged writes may be lost, as with ZooKeeper
	PowerAll             // the power fails everywhere
	Drop                 // client A loses its connection
)

func (h Harm) String() string {
	return [...]string{"power failure", "kill", "power failure at the disk's operation", "pause", "isolate", "deaf", "mute", "cut", "cut one way",
		"slow", "full disk", "wipe", "power failure everywhere", "drop the connection of client"}[h]
}

// Fault is one.
type Fault struct {
	At, For time.Duration
	Harm    Harm
	A, B    int // servers; 0: who leads
	N       int
}

func (f Fault) String() string {
	return fmt.Sprintf("%7.1f ms %v: %d, %d; %d, for %v", float64(f.At)/1e6, f.Harm, f.A, f.B, f.N, f.For)
}

// NewPlan draws a plan from a seed.
func NewPlan(seed uint64) *Plan {
	r := rand.New(rand.NewPCG(seed, 0))
	p := &Plan{Seed: seed, Voters: 3, Observers: r.IntN(2), Clients: 3 + r.IntN(3), Duration: 6 * time.Second,
		SnapCount: 20 + r.IntN(200), Kept: 1 + r.IntN(40), Sluggish: []int{0, 1, 4}[r.IntN(3)],
		Disk: []time.Duration{30 * time.Microsecond, 2 * time.Millisecond, 20 * time.Millisecond}[r.IntN(3)]}
	if r.IntN(4) == 0 {
		p.Voters = 5
	}
	if r.IntN(4) == 0 {
		p.LastCounter = uint32(20 + r.IntN(40))
	}
	keys, both := 1+r.IntN(4), r.IntN(3) == 0
	for i := range 120 + r.IntN(180) {
		p.Ops = append(p.Ops, Op{At: drawTime(r, p.Duration), Client: r.IntN(p.Clients), Kind: drawKind(r, both), Key: r.IntN(keys), Number: i})
	}
	slices.SortStableFunc(p.Ops, func(a, b Op) int { return int(a.At - b.At) })
	n := p.Voters + p.Observers
	at := time.Duration(0)
	for range 2 + r.IntN(14) {
		if at == 0 || r.IntN(2) == 0 { // half of them come right behind another one
			at = 300*time.Millisecond + drawTime(r, p.Duration)
		} else {
			at += drawTime(r, time.Millisecond<<r.IntN(10))
		}
		p.Faults = append(p.Faults, Fault{At: at, For: drawTime(r, 100*time.Millisecond<<r.IntN(6)),
			Harm: drawHarm(r), A: drawServer(r, n), B: drawServer(r, n), N: 1 + r.IntN(1<<r.IntN(10))})
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

func drawTime(r *rand.Rand, below time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(below))).Truncate(time.Microsecond)
}

// drawServer is a server, or 0 for the one that leads.
func drawServer(r *rand.Rand, n int) int {
	if r.IntN(3) == 0 {
		return 0
	}
	return 1 + r.IntN(n)
}

// draw chooses by weight.
func draw[T any](r *rand.Rand, weights []int, things []T) T {
	all := 0
	for _, w := range weights {
		all += w
	}
	x := r.IntN(all)
	for i, w := range weights {
		if x -= w; x < 0 {
			return things[i]
		}
	}
	panic("unreachable")
}

func drawKind(r *rand.Rand, both bool) Kind {
	pairs := 0
	if both {
		pairs = 8
	}
	return draw(r, []int{10, 30, 10, 4, 12, 10, 14, 8, pairs, 1, 1},
		[]Kind{Create, Set, SetIf, Delete, Get, Watch, SyncGet, Ephemeral, Both, Close, Hush})
}

func drawHarm(r *rand.Rand) Harm {
	return draw(r, []int{10, 8, 14, 14, 10, 4, 4, 8, 6, 4, 4, 6, 6, 6},
		[]Harm{Power, Kill, Fuse, Pause, Isolate, Deaf, Mute, Cut, OneWay, Slow, Full, Wipe, PowerAll, Drop})
}
