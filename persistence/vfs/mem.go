package vfs

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Op names an operation for the fault hook of Mem.
type Op string

// The operations of FS and File that can be made to fail.
const (
	OpOpen     Op = "open"
	OpCreate   Op = "create"
	OpRename   Op = "rename"
	OpRemove   Op = "remove"
	OpMkdir    Op = "mkdir"
	OpReadDir  Op = "readdir"
	OpSyncDir  Op = "syncdir"
	OpLock     Op = "lock"
	OpRead     Op = "read"
	OpWrite    Op = "write"
	OpTruncate Op = "truncate"
	OpAllocate Op = "allocate"
	OpSync     Op = "sync"
)

// ErrCrashed is what a file or lock that was opened before a Crash answers.
var ErrCrashed = errors.New("vfs: the machine crashed since this was opened")

// Mem is a file system in memory that keeps apart what a program sees and what would survive a crash now.
// It reads no clock and draws random numbers only from what is handed to Crash, so a seed replays.
type Mem struct {
	mu       sync.Mutex
	names    map[string]*inode // what is seen: files and directories by clean path
	durable  map[string]*inode // what survives
	journal  []change          // changes of names since, in order; SyncDir makes those of its directory durable
	locks    map[string]bool
	gen      int   // counts crashes; handles of an earlier life are dead
	capacity int64 // 0: no bound
	used     int64
	readOnly bool
	fault    func(op Op, name string) error
}

// inode is a file (or a directory: no content). seen and safe are its content now and after a crash; pending is what
// leads from the one to the other.
type inode struct {
	dir        bool
	seen, safe content
	pending    []edit
}

// change is one change of the names in directory dir: name now means node (nil: nothing), and if from is set, from no more.
type change struct {
	dir, name, from string
	node            *inode
}

// New returns an empty file system with a root directory.
func New() *Mem {
	root := &inode{dir: true}
	return &Mem{names: map[string]*inode{"/": root}, durable: map[string]*inode{"/": root}, locks: map[string]bool{}}
}

// SetFault installs a hook that is asked before each operation; an error that it returns is the operation's (a write that
// fails so writes nothing). Nil removes it. The hook must not call the file system.
func (m *Mem) SetFault(hook func(op Op, name string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = hook
}

// SetCapacity bounds the sum of all file sizes: what goes beyond is ErrFull, after as many bytes as fit. 0 lifts the bound.
func (m *Mem) SetCapacity(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.capacity = bytes
}

// Used is the sum of all file sizes.
func (m *Mem) Used() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used
}

// SetReadOnly makes every operation that changes something fail with ErrReadOnly.
func (m *Mem) SetReadOnly(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readOnly = on
}

// check is the gate of every operation: read-only, then the hook. Callers hold mu.
func (m *Mem) check(op Op, name string) error {
	if m.readOnly && op != OpOpen && op != OpRead && op != OpReadDir {
		return &fs.PathError{Op: string(op), Path: name, Err: ErrReadOnly}
	}
	if m.fault != nil {
		if err := m.fault(op, name); err != nil {
			return &fs.PathError{Op: string(op), Path: name, Err: err}
		}
	}
	return nil
}

func clean(name string) string { return path.Clean("/" + name) }

// file finds a file by name. Callers hold mu.
func (m *Mem) file(op Op, name string) (*inode, error) {
	if err := m.check(op, name); err != nil {
		return nil, err
	}
	node := m.names[clean(name)]
	if node == nil || node.dir {
		return nil, &fs.PathError{Op: string(op), Path: name, Err: fs.ErrNotExist}
	}
	return node, nil
}

// Open opens a file for reading.
func (m *Mem) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.file(OpOpen, name)
	if err != nil {
		return nil, err
	}
	return &memFile{fs: m, node: node, name: clean(name), gen: m.gen}, nil
}

// OpenWrite opens a file for reading and writing.
func (m *Mem) OpenWrite(name string) (File, error) {
	f, err := m.Open(name)
	if err != nil {
		return nil, err
	}
	f.(*memFile).writable = true
	return f, nil
}

// Create makes or empties a file.
func (m *Mem) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(OpCreate, name); err != nil {
		return nil, err
	}
	p := clean(name)
	if d := m.names[path.Dir(p)]; d == nil || !d.dir {
		return nil, &fs.PathError{Op: string(OpCreate), Path: name, Err: fs.ErrNotExist}
	}
	node := m.names[p]
	switch {
	case node == nil:
		node = &inode{}
		m.link(change{dir: path.Dir(p), name: p, node: node})
	case node.dir:
		return nil, &fs.PathError{Op: string(OpCreate), Path: name, Err: fs.ErrExist}
	default:
		m.used -= node.seen.size
		node.do(edit{truncate: true})
	}
	return &memFile{fs: m, node: node, name: p, gen: m.gen, writable: true}, nil
}

// link carries out a change of names where it is seen, and notes it in the journal.
func (m *Mem) link(c change) {
	c.apply(m.names)
	m.journal = append(m.journal, c)
}

func (c change) apply(names map[string]*inode) {
	if c.from != "" {
		delete(names, c.from)
	}
	if c.node == nil {
		delete(names, c.name)
	} else {
		names[c.name] = c.node
	}
}

// Rename moves a file within its directory.
func (m *Mem) Rename(oldName, newName string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.file(OpRename, oldName)
	if err != nil {
		return err
	}
	from, to := clean(oldName), clean(newName)
	if path.Dir(from) != path.Dir(to) {
		return &fs.PathError{Op: string(OpRename), Path: newName, Err: errors.ErrUnsupported}
	}
	if old := m.names[to]; old != nil && old != node {
		m.used -= old.seen.size
	}
	m.link(change{dir: path.Dir(to), name: to, from: from, node: node})
	return nil
}

// Remove removes a file.
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	node, err := m.file(OpRemove, name)
	if err != nil {
		return err
	}
	m.used -= node.seen.size
	m.link(change{dir: path.Dir(clean(name)), name: clean(name)})
	return nil
}

// MkdirAll makes a directory and those above it.
func (m *Mem) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := clean(dir)
	if d := m.names[p]; d != nil && d.dir {
		return nil
	}
	if err := m.check(OpMkdir, dir); err != nil {
		return err
	}
	for i := 1; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			continue
		}
		switch d := m.names[p[:i]]; {
		case d == nil:
			m.link(change{dir: path.Dir(p[:i]), name: p[:i], node: &inode{dir: true}})
		case !d.dir:
			return &fs.PathError{Op: string(OpMkdir), Path: dir, Err: fs.ErrExist}
		}
	}
	return nil
}

// ReadDir lists a directory.
func (m *Mem) ReadDir(dir string) ([]Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(OpReadDir, dir); err != nil {
		return nil, err
	}
	p := clean(dir)
	if d := m.names[p]; d == nil || !d.dir {
		return nil, &fs.PathError{Op: string(OpReadDir), Path: dir, Err: fs.ErrNotExist}
	}
	var infos []Info
	for name, node := range m.names {
		if name != "/" && path.Dir(name) == p {
			infos = append(infos, Info{Name: path.Base(name), Size: node.seen.size, Dir: node.dir})
		}
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

// Stat describes a file or directory.
func (m *Mem) Stat(name string) (Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(OpOpen, name); err != nil {
		return Info{}, err
	}
	node := m.names[clean(name)]
	if node == nil {
		return Info{}, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return Info{Name: path.Base(clean(name)), Size: node.seen.size, Dir: node.dir}, nil
}

// SyncDir makes the names in dir durable, and nothing else: not the content of the files, not the name of dir itself.
func (m *Mem) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(OpSyncDir, dir); err != nil {
		return err
	}
	p := clean(dir)
	if d := m.names[p]; d == nil || !d.dir {
		return &fs.PathError{Op: string(OpSyncDir), Path: dir, Err: fs.ErrNotExist}
	}
	m.journal = slices.DeleteFunc(m.journal, func(c change) bool {
		if c.dir == p {
			c.apply(m.durable)
		}
		return c.dir == p
	})
	return nil
}

// Lock takes the lock; the pid in the error is always 1: there is one process in here.
func (m *Mem) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(OpLock, name); err != nil {
		return nil, err
	}
	p := clean(name)
	if d := m.names[path.Dir(p)]; d == nil || !d.dir {
		return nil, &fs.PathError{Op: string(OpLock), Path: name, Err: fs.ErrNotExist}
	}
	if m.locks[p] {
		return nil, &LockedError{Name: name, PID: 1}
	}
	if m.names[p] == nil {
		m.link(change{dir: path.Dir(p), name: p, node: &inode{}})
	}
	m.locks[p] = true
	return &memLock{fs: m, name: p, gen: m.gen}, nil
}

type memLock struct {
	fs   *Mem
	name string
	gen  int
}

func (l *memLock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	if l.gen != l.fs.gen {
		return ErrCrashed
	}
	delete(l.fs.locks, l.name)
	return nil
}
