package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"troupe/actors/quorum"
	"troupe/actors/quorum/elect"
	"troupe/actors/server"
	"troupe/config"
	"troupe/netio"
	"troupe/persistence/vfs"
)

// machine is what a server runs on, and what outlives it.
type machine struct {
	w        *world
	id       int64
	name     string
	observer bool
	cfg      *config.Config
	disk     *vfs.Mem
	skew     time.Duration // of its wall clock
	proc     *process      // nil: none runs
	role     *quorum.Role  // the last one that its process began
	fuse     int           // operations of the disk until the power fails; 0: it does not
	full     bool          // the disk is
	down     bool          // not to be started yet
	reaped   bool          // what the last process left is gone
	power    bool          // it died by a power failure
}

const dataDir = "/data"

// newMachine installs a server.
func (w *world) newMachine(id int64) *machine {
	m := &machine{w: w, id: id, name: fmt.Sprintf("server-%d", id), observer: int(id) > w.plan.Voters,
		skew: time.Duration(w.random.IntN(5000)) * time.Millisecond, reaped: true}
	set := []string{"dataDir=" + dataDir, "clientPort=2181", "tickTime=" + fmt.Sprint(tick.Milliseconds()), "initLimit=10", "syncLimit=5", "preAllocSize=16",
		fmt.Sprintf("snapCount=%d", w.plan.SnapCount), "minSessionTimeout=200", "db.autocreate=false"}
	for i := 1; i <= w.plan.Voters+w.plan.Observers; i++ {
		role := ""
		if i > w.plan.Voters {
			role = ":observer"
		}
		set = append(set, fmt.Sprintf("server.%d=server-%d:2888:3888%s", i, i, role))
	}
	read := func(name string) ([]byte, error) {
		if path.Base(name) == "myid" {
			return fmt.Appendf(nil, "%d", id), nil
		}
		return nil, fs.ErrNotExist
	}
	var err error
	if m.cfg, err = config.Load(read, "", set); err != nil {
		panic(fmt.Errorf("the simulation's configuration: %w", err))
	}
	m.cfg.Ensemble.CommitLogCount = w.plan.Kept
	m.format(true)
	w.net.Host(m.name, fmt.Sprintf("%s:2888", m.name))
	return m
}

// format puts a new disk in.
func (m *machine) format(initialize bool) {
	m.disk = vfs.New()
	if err := m.disk.MkdirAll(dataDir); err != nil {
		panic(err)
	}
	if initialize {
		if err := vfs.WriteFileAtomic(m.disk, dataDir, dataDir+"/tmp", dataDir+"/initialize", nil); err != nil {
			panic(err)
		}
	}
	if err := m.disk.SyncDir("/"); err != nil {
		panic(err)
	}
	m.disk.SetFault(m.fault)
}

// fault is asked before each operation of the disk.
func (m *machine) fault(op vfs.Op, name string) error {
	if m.proc == nil || m.proc.dead {
		return vfs.ErrCrashed
	}
	if m.fuse > 0 {
		if m.fuse--; m.fuse == 0 {
			m.w.note("server %d: the power fails before %s %s", m.id, op, name)
			m.die(true)
			return vfs.ErrCrashed
		}
	}
	if op == vfs.OpSync && m.w.plan.Bug.SkipFsync && strings.Contains(name, "/log.") {
		return errSkipped
	}
	return nil
}

var errSkipped = errors.New("fsync skipped")

// start begins a life of the server.
func (m *machine) start() {
	if m.proc != nil || m.down {
		return
	}
	w := m.w
	w.lives++
	p := &process{w: w, m: m, number: w.lives}
	m.proc, m.role, m.reaped = p, nil, false
	w.net.PowerOn(m.name)
	w.note("server %d starts", m.id)
	log := zerolog.Nop()
	if w.tell != nil {
		log = zerolog.New(p).Level(zerolog.DebugLevel)
	}
	p.guarded(func() {
		s, err := server.StartIn(server.World{
			Files: files{m.disk, &w.plan.Bug}, Clock: p, Random: rand.New(rand.NewPCG(w.plan.Seed, uint64(p.number)<<8)), Run: p.runtime(),
			Network: network{p, w.net.Host(m.name)}, Ballots: func(heard func(int64, []byte), _ func(error)) (elect.Ballots, error) {
				return w.newBallots(p, heard), nil
			},
			Listen: func(netio.Options, netio.Acceptor) (server.Door, error) { return &door{}, nil },
			Began:  func(r quorum.Role) { m.began(p, r) }, Sabotage: w.plan.Bug.Sabotage, LastCounter: w.plan.LastCounter,
		}, m.cfg, log)
		switch {
		case p.dead:
		case err != nil && m.full:
			w.note("server %d does not start: %v", m.id, err)
			m.die(false)
		case err != nil:
			w.fail("server %d does not start: %v", m.id, err)
		default:
			p.server = s
		}
	})
}

// look sees whether the server has ended by itself, and cleans up after one that is dead.
func (m *machine) look() {
	p := m.proc
	if p == nil {
		return
	}
	if !p.dead && p.server != nil {
		select {
		case err := <-p.server.Done():
			if !m.full {
				m.w.fail("server %d ended by itself: %v", m.id, err)
				return
			}
			m.w.note("server %d ended by itself: %v", m.id, err)
			m.die(false)
		default:
		}
	}
	if p.dead && !m.reaped {
		m.reaped = true
		m.proc, m.role = nil, nil
		if m.power {
			m.disk.Crash(m.w.random)
		} else {
			m.disk.Kill()
		}
	}
}

// die ends the process, at once; what its stack still does has no effect.
func (m *machine) die(power bool) {
	p := m.proc
	if p == nil || p.dead {
		return
	}
	p.dead, m.power, m.fuse = true, power, 0
	if power {
		m.w.net.PowerOff(m.name)
	} else {
		m.w.net.Kill(m.name)
	}
	for _, s := range p.sockets {
		s.serverGone(power)
	}
}

// began is told of each role that the server takes up.
func (m *machine) began(p *process, r quorum.Role) {
	if p.dead {
		return
	}
	m.role = &r
	m.w.note("server %d begins to serve in epoch %d as %v", m.id, r.Epoch, r.State)
	m.w.begins(m, &r)
}

// files are those of a machine, for a server.
type files struct {
	*vfs.Mem
	bug *Bug
}

// Rename implements vfs.FS.
func (f files) Rename(from, to string) error {
	if f.bug.ForgetAccepted && path.Base(to) == "acceptedEpoch" {
		if _, err := f.Stat(to); err == nil {
			return f.Remove(from)
		}
	}
	return f.Mem.Rename(from, to)
}

// SyncDir implements vfs.FS.
func (f files) SyncDir(dir string) error {
	if f.bug.SkipSyncDir {
		return nil
	}
	return f.Mem.SyncDir(dir)
}

// Open implements vfs.FS.
func (f files) Open(name string) (vfs.File, error) { return lazy(f.Mem.Open(name)) }

// Create implements vfs.FS, and hides fsyncs that a deliberate mistake leaves out.
func (f files) Create(name string) (vfs.File, error) { return lazy(f.Mem.Create(name)) }

// OpenWrite implements vfs.FS.
func (f files) OpenWrite(name string) (vfs.File, error) { return lazy(f.Mem.OpenWrite(name)) }

func lazy(f vfs.File, err error) (vfs.File, error) {
	if err != nil {
		return nil, err
	}
	return lazyFile{f}, nil
}

type lazyFile struct{ vfs.File }

// Sync implements vfs.File.
func (f lazyFile) Sync() error {
	if err := f.File.Sync(); !errors.Is(err, errSkipped) {
		return err
	}
	return nil
}
