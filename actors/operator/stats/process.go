package stats

import (
	"fmt"
	"os"
	"os/user"
	"runtime"
	"runtime/debug"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenFiles is the number of file descriptors that the process has open, and the most that it may have; -1 where
// the system does not tell.
func OpenFiles() (open, limit int64) {
	open, limit = -1, -1
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		open = int64(len(entries)) - 1 // one of them reads the directory
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err == nil {
		limit = int64(min(r.Cur, 1<<62))
	}
	return open, limit
}

// Variable is a property of the process and its machine.
type Variable struct{ Name, Value string }

// Environment is what the four-letter word envi tells: Apache's names in Apache's order, with what comes nearest
// to them here. Clients take the version from it.
func Environment(version string) []Variable {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	limit := debug.SetMemoryLimit(-1) // reads it
	name, home := "", ""
	if u, err := user.Current(); err == nil {
		name, home = u.Username, u.HomeDir
	}
	host, _ := os.Hostname() // unknown is empty, as the others
	dir, _ := os.Getwd()
	program, _ := os.Executable()
	return []Variable{
		{"zookeeper.version", version},
		{"host.name", host},
		{"java.version", "none (" + runtime.Version() + ")"},
		{"java.vendor", "none (Go)"},
		{"java.home", ""},
		{"java.class.path", program},
		{"java.library.path", ""},
		{"java.io.tmpdir", os.TempDir()},
		{"java.compiler", runtime.Compiler},
		{"os.name", osName()},
		{"os.arch", runtime.GOARCH},
		{"os.version", osVersion()},
		{"user.name", name},
		{"user.home", home},
		{"user.dir", dir},
		{"os.memory.free", mebibytes(mem.HeapSys - mem.HeapInuse)},
		{"os.memory.max", mebibytes(uint64(max(limit, 0)))},
		{"os.memory.total", mebibytes(mem.Sys)},
	}
}

func mebibytes(n uint64) string { return fmt.Sprintf("%dMB", n>>20) }

// osName is Java's spelling: Linux, not linux.
func osName() string { return strings.ToUpper(runtime.GOOS[:1]) + runtime.GOOS[1:] }

func osVersion() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}
