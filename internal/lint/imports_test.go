package lint

import (
	"slices"
	"strings"
	"testing"
)

const module = "troupe"

// The directions in which folders may import each other: cmd -> actors -> {netio, persistence, election, zab} ->
// tree -> jute. What is not in the list of a folder it must not import.
func directions() []direction {
	return []direction{
		{"jute", []string{"jute"}, "the encoding is what everything else is built on"},
		{"tree", []string{"tree", "jute"}, "it is replicated: the same transactions must have the same effect everywhere, simulated or not"},
		{"persistence", []string{"persistence", "tree", "zab", "jute"}, "files are written and read without a server around them: by tools, tests and the simulation; what a zxid is they know from zab"},
		{"election", []string{"election", "jute"}, "who leads is decided by rules that a test drives step by step"},
		{"zab", []string{"zab", "tree", "jute"}, "how an ensemble agrees is decided by rules that a test drives step by step"},
		{"netio", []string{"netio"}, "it moves bytes and knows nothing of what they mean"},
		{"config", []string{"config"}, "a configuration can be checked without the code that it configures"},
		{"client", []string{"client", "jute"}, "programs that use the client must not get a server with it"},
		{"actors", []string{"actors", "config", "netio", "election", "zab", "persistence", "tree", "jute", "internal/version"}, "actors put everything below them to work, and know no command line"},
		{"bench", []string{"bench", "client", "jute"}, "it measures servers from outside, as processes"},
		{"interop", []string{"interop", "client", "jute"}, "it looks at servers from outside, as processes"},
		{"sim", []string{"sim", "actors", "config", "netio", "election", "zab", "persistence", "tree", "jute", "interop/wire"}, "it runs servers whole, with everything around them simulated"},
		{"cmd", []string{"cmd", "actors", "config", "bench", "client", "internal/heap", "internal/version"}, "it reads flags and hands them on; the work is done by actors. The pace of the garbage collector is the process's, and so set here"},
		{"internal", []string{"internal"}, "what all may import must import nobody"},
	}
}

type direction struct {
	folder string
	may    []string
	reason string
}

// outsiders are the imports from outside that only some folders may have.
func outsiders() []outsider {
	return []outsider{
		{"github.com/asynkron/protoactor-go", []string{"actors", "sim"}, "rules are plain functions and values that a test calls without starting an actor"},
		{"github.com/panjf2000/gnet", []string{"bench/floor"}, "it is what the server is measured against"},
		{"github.com/spf13/cobra", []string{"cmd", "bench"}, "only commands read flags"},
		{"flag", []string{"cmd", "bench", "jute/jutec"}, "only commands read flags"},
		{"github.com/rs/zerolog", []string{"cmd", "actors", "netio", "persistence", "bench", "sim"}, "rules return what happened; whoever called them decides what is logged"},
		{"github.com/stretchr/testify", []string{"jute/internal/recordtest", "interop"}, "it belongs into tests"},
		{"pgregory.net/rapid", []string{"jute/internal/recordtest", "interop"}, "it belongs into tests"},
		{"log", nil, "the one logger is made in cmd and handed down"},
		{"log/slog", []string{"actors"}, "the one logger is made in cmd and handed down (protoactor wants an slog.Logger)"},
		{"reflect", []string{"jute/internal/recordtest"}, "the encoding is generated, not found out at run time"},
	}
}

type outsider struct {
	path    string
	folders []string
	reason  string
}

// forbidden are imports that a folder must not have at all, with those in it that may.
func forbidden() []ban {
	io := []string{"os", "syscall", "time", "net/http", "math/rand", "golang.org/x/sys"}
	return []ban{
		{"tree", io, nil, "the replicated state machine has no I/O, no clock and no chance: else replicas would differ"},
		{"jute", io, []string{"jute/jutec"}, "the encoding turns values into bytes and back, and nothing else"},
		{"config", []string{"os", "net/http", "time/tzdata"}, nil, "files are read through a function that is handed in"},
	}
}

type ban struct {
	folder string
	paths  []string
	except []string
	reason string
}

// Imports run one way, so that each part can be understood, tested and simulated without those above it.
func importsRunOneWay(t *testing.T, files []file) {
	for _, f := range files {
		if f.test {
			continue
		}
		for _, d := range directions() {
			if !under(f.folder(), d.folder) {
				continue
			}
			for _, path := range f.imports() {
				if inside, ok := strings.CutPrefix(path, module+"/"); ok && !underAny(inside, d.may) {
					t.Errorf("%s: %s must not import %s: %s", f.name, d.folder, path, d.reason)
				}
			}
		}
	}
}

// Every folder has a direction, so that a new one is thought about.
func everyFolderHasADirection(t *testing.T, files []file) {
	for _, f := range files {
		top, _, _ := strings.Cut(f.name, "/")
		if !slices.ContainsFunc(directions(), func(d direction) bool { return d.folder == top }) {
			t.Errorf("%s: say in directions() what %s may import, and why", f.name, top)
		}
	}
}

// Each library from outside stays behind one door, so that it can be replaced, and so that what is behind can be
// simulated.
func outsidersStayBehindOneDoor(t *testing.T, files []file) {
	for _, f := range files {
		if f.test {
			continue
		}
		for _, path := range f.imports() {
			for _, o := range outsiders() {
				exact := !strings.Contains(o.path, "/") || o.path == "log/slog"
				if (path == o.path || !exact && under(path, o.path)) && !underAny(f.folder(), o.folders) {
					t.Errorf("%s: only %s may import %s: %s", f.name, strings.Join(append(o.folders, "tests"), ", "), path, o.reason)
				}
			}
			for _, b := range forbidden() {
				if under(f.folder(), b.folder) && !underAny(f.folder(), b.except) && underAny(path, b.paths) {
					t.Errorf("%s: %s must not import %s: %s", f.name, b.folder, path, b.reason)
				}
			}
		}
	}
}
