package sim

import (
	"fmt"
	"io/fs"
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
	name     string // host
	title    string // in stories
	observer bool
	cfg      *config.Config
	disk     *vfs.Mem
	skew     time.Duration                 // of its wall clock
	proc     *process                      // nil: none runs
	role     *quorum.Role                  // the last one that its process began
	fuse     int                           // operations of the disk until the power fails; 0: it does not
	full     bool                          // the disk is
	down     bool                          // not to be started yet
	reaped   bool                          // what the last process left is gone
	power    bool                          // it died by a power failure
	burns    string                        // the fuse burns from the first operation on such a file on; "": from the first one
	stalled  [finalStage + 1]time.Duration // until when a stage stands still
}

const dataDir = "/data"

// newMachine installs a server.
func (w *world) newMachine(id int64) *machine {
	m := &machine{w: w, id: id, name: fmt.Sprintf("server-%d", id), title: fmt.Sprintf("server %d", id), observer: int(id) > w.plan.Voters,
		skew: time.Duration(w.random(diceMachine, uint64(id)).IntN(5000)) * time.Millisecond, reaped: true}
	set := []string{"dataDir=" + dataDir, "clientPort=2181", "tickTime=" + fmt.Sprint(tick.Milliseconds()), "initLimit=10", "syncLimit=5", "preAllocSize=16",
		fmt.Sprintf("snapCount=%d", w.plan.SnapCount), "minSessionTimeout=200", "db.autocreate=false"}
	for i := 1; i <= w.plan.Voters+w.plan.Observers; i++ {
		role := ""
		if i > w.plan.Voters {
			role = ":observer"
		}
		set = append(set, fmt.Sprintf("server.%d=server-%d:2888:3888%s", i, i, role))
	}
	set = append(set, w.plan.Set...)
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
	if m.fuse > 0 && strings.Contains(name, m.burns) {
		m.burns = ""
	}
	if m.fuse > 0 && m.burns == "" {
		if m.fuse--; m.fuse == 0 {
			m.w.note(m.title, "loses power before %s %s", op, path.Base(name))
			m.die(true)
			return vfs.ErrCrashed
		}
	}
	if op == vfs.OpSync && m.w.plan.Bug.SkipFsync && strings.Contains(name, "/log.") {
		return errSkipped
	}
	return nil
}

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
	w.note(m.title, "starts")
	log := zerolog.Nop()
	if w.story != nil && w.story.Logs {
		log = zerolog.New(p).Level(zerolog.DebugLevel)
	}
	p.guarded(func() {
		s, err := server.StartIn(server.World{
			Files: files{m.disk, &w.plan.Bug}, Clock: p, Random: w.random(diceServer, uint64(m.id)), Run: p.runtime(),
			Network: network{p, w.net.Host(m.name)}, Ballots: func(heard func(int64, []byte), _ func(error)) (elect.Ballots, error) {
				return w.newBallots(p, heard), nil
			},
			Listen: func(netio.Options, netio.Acceptor) (server.Door, error) { return &door{}, nil },
			Began:  func(r quorum.Role) { m.began(p, r) }, Sabotage: w.plan.Bug.Sabotage, LastCounter: w.plan.LastCounter,
		}, m.cfg, log)
		switch {
		case p.dead:
		case err != nil && m.full:
			w.note(m.title, "does not start: %v", err)
			m.die(false)
		case err != nil:
			w.fail(Sound, "server %d does not start: %v", m.id, err)
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
				m.w.fail(Sound, "server %d ended by itself: %v", m.id, err)
				return
			}
			m.w.note(m.title, "ends by itself: %v", err)
			m.die(false)
		default:
		}
	}
	if p.dead && !m.reaped {
		m.reaped = true
		m.proc, m.role = nil, nil
		if m.power {
			m.disk.Crash(m.w.random(diceDisk, uint64(m.id)))
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
	m.w.note(m.title, "begins to serve in epoch %d as %v", r.Epoch, r.State)
	m.w.begins(m, &r)
}
