package playground

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"troupe/config"
)

// Plan is what an ensemble is to look like.
type Plan struct {
	Dir       string // absolute; there must not be a playground in it
	Servers   int    // that vote
	Observers int
	Port      int // the first of the ports for clients; 0: the first that are free from 21811 on
}

// Member is one server of a playground.
type Member struct {
	ID       int64
	Observer bool
	Config   string // its zoo.cfg
	Client   string // host:port for clients
	ports    []int
}

// Ports stay below those that the kernel gives to outgoing connections: one of these could take a server's place
// while it is away.
const (
	firstPort = 21811
	lastPort  = 32767
)

const host = "127.0.0.1"

// Free tells whether nobody listens on a port of this machine.
func Free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// Lay writes the files of an ensemble: a folder server.N for each member, with a zoo.cfg and a data directory with a myid.
func Lay(p Plan, free func(port int) bool) ([]Member, error) {
	all := p.Servers + p.Observers
	if p.Servers < 1 || p.Observers < 0 {
		return nil, fmt.Errorf("an ensemble has one server or more that vote, and none or more observers, not %d and %d", p.Servers, p.Observers)
	}
	clients, next, err := clientPorts(p.Port, all, free)
	if err != nil {
		return nil, err
	}
	peers, err := freePorts(next, 2*all, free)
	if err != nil {
		return nil, err
	}
	var lines strings.Builder
	for i := range all {
		fmt.Fprintf(&lines, "server.%d=%s:%d:%d", i+1, host, peers[2*i], peers[2*i+1])
		if i >= p.Servers {
			lines.WriteString(":observer")
		}
		lines.WriteByte('\n')
	}
	for i := range all {
		data := filepath.Join(folder(p.Dir, i+1), "data")
		if err := os.MkdirAll(data, 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(data, "myid"), []byte(strconv.Itoa(i+1)+"\n"), 0o644); err != nil {
			return nil, err
		}
	}
	for i := all - 1; i >= 0; i-- { // the first last: with it the playground is whole
		text := settings + fmt.Sprintf("dataDir=%s\nclientPort=%d\n", filepath.Join(folder(p.Dir, i+1), "data"), clients[i]) + lines.String()
		if i >= p.Servers {
			text += "peerType=observer\n"
		}
		if err := os.WriteFile(configOf(p.Dir, i+1), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return Open(p.Dir)
}

// settings are the same for all members. A silent peer is given up after syncLimit ticks; all four-letter words are
// answered, since trying things is what a playground is for.
const settings = `# Made by troupe playground. Change what you like: the file is kept when the directory is used again.
tickTime=1000
initLimit=10
syncLimit=3
standaloneEnabled=false
4lw.commands.whitelist=*
clientPortAddress=` + host + "\n"

func folder(dir string, id int) string   { return filepath.Join(dir, "server."+strconv.Itoa(id)) }
func configOf(dir string, id int) string { return filepath.Join(folder(dir, id), "zoo.cfg") }

// clientPorts are n ports in a row, and the one behind them: from the one that was asked for, or else the first that are free.
func clientPorts(from, n int, free func(int) bool) (ports []int, next int, err error) {
	asked := from != 0
	if !asked {
		from = firstPort
	}
	for port := from; len(ports) < n; port++ {
		switch {
		case port < 1 || port > 65535 || !asked && port > lastPort:
			return nil, 0, fmt.Errorf("%d ports in a row are wanted from %d on, and are not there: choose others with --port", n, from)
		case free(port):
			ports = append(ports, port)
		case asked:
			return nil, 0, fmt.Errorf("port %d is in use: choose others with --port", port)
		default:
			ports = ports[:0]
		}
	}
	return ports, ports[n-1] + 1, nil
}

// freePorts are n ports for what only the servers themselves need to know.
func freePorts(from, n int, free func(int) bool) (ports []int, err error) {
	if from > lastPort-n {
		from = firstPort
	}
	for port := from; len(ports) < n; port++ {
		if port > lastPort {
			return nil, fmt.Errorf("fewer than %d ports are free from %d to %d", n, from, lastPort)
		}
		if free(port) {
			ports = append(ports, port)
		}
	}
	return ports, nil
}

// Exists tells whether there is a playground in a directory.
func Exists(dir string) bool {
	_, err := os.Stat(configOf(dir, 1))
	return err == nil
}

// Open gives the members of the playground in a directory, as their files say.
func Open(dir string) ([]Member, error) {
	first, err := config.Load(os.ReadFile, configOf(dir, 1), nil)
	if err != nil {
		return nil, err
	}
	var members []Member
	for _, s := range first.Ensemble.Servers {
		file := configOf(dir, int(s.ID))
		cfg, err := config.Load(os.ReadFile, file, nil)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%s is not whole, take another directory: %w", dir, err)
		}
		if err != nil {
			return nil, err
		}
		m := Member{ID: s.ID, Observer: s.Role == config.Observer, Config: file,
			Client: net.JoinHostPort(host, strconv.Itoa(cfg.Client.Port)), ports: []int{cfg.Client.Port}}
		for _, a := range s.Addresses {
			m.ports = append(m.ports, a.QuorumPort, a.ElectionPort)
		}
		members = append(members, m)
	}
	return members, nil
}

// Check tells why an ensemble cannot start: a port is in use.
func Check(members []Member, free func(port int) bool) error {
	for _, m := range members {
		for _, port := range m.ports {
			if !free(port) {
				return fmt.Errorf("port %d of server %d is in use: does it run already? (the ports stand in %s)", port, m.ID, m.Config)
			}
		}
	}
	return nil
}

// Matches tells why the members are not those that a plan asks for; zero asks for nothing.
func (p Plan) Matches(members []Member) error {
	observers := 0
	for _, m := range members {
		if m.Observer {
			observers++
		}
	}
	servers, port := len(members)-observers, 0
	if len(members) > 0 {
		port = members[0].ports[0]
	}
	if p.Servers > 0 && p.Servers != servers || p.Observers > 0 && p.Observers != observers || p.Port > 0 && p.Port != port {
		return fmt.Errorf("in %s there is a playground of %d servers and %d observers with clients from port %d on: leave --servers, --observers and --port out, or take another directory",
			p.Dir, servers, observers, port)
	}
	return nil
}
