package config

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Role is what a member of an ensemble may do.
type Role string

// The roles.
const (
	Participant Role = "participant" // votes
	Observer    Role = "observer"    // hears of what was decided
)

// Server is one member of an ensemble, from a line server.N.
type Server struct {
	ID        int64
	Addresses []PeerAddress // at least one; several when it has several networks
	Role      Role
	Client    *ClientAddress // where its clients connect; nil when the line does not say
	Secure    *ClientAddress // where its TLS clients connect (ZooKeeper 3.10); nil when the line does not say
}

// PeerAddress is where the other members reach one.
type PeerAddress struct {
	Host         string // name or IP address, without brackets
	QuorumPort   int    // for the leader's learners
	ElectionPort int    // for votes
}

// ClientAddress is a host and a port for clients.
type ClientAddress struct {
	Host string // without brackets; 0.0.0.0 when only a port was written
	Port int
}

// String is host:port.
func (a ClientAddress) String() string { return net.JoinHostPort(a.Host, strconv.Itoa(a.Port)) }

// Group is the members of one group of a hierarchical quorum, from a line group.G.
type Group struct {
	ID      int64
	Members []int64
}

// Weight is the votes of one member in a hierarchical quorum, from a line weight.N.
type Weight struct{ ID, Votes int64 }

// ParseServer reads the value of a line server.N:
//
//	addr[|addr...][;[clientHost:]clientPort[;[secureHost:]securePort]]
//	addr = host:quorumPort:electionPort[:participant|observer]
//
// An IPv6 address stands in brackets. All addresses of one server must give it the same role. The error says
// what is wrong with which part.
func ParseServer(id int64, value string) (Server, error) {
	s := Server{ID: id}
	parts := strings.Split(value, ";")
	if len(parts) > 3 {
		return s, fmt.Errorf("has %d parts separated by ; where there are at most 3", len(parts))
	}
	for _, text := range strings.Split(parts[0], "|") {
		a, role, err := parsePeerAddress(strings.TrimSpace(text))
		if err != nil {
			return s, err
		}
		if role != "" { // Apache itself writes the role behind the last address only
			if s.Role != "" && s.Role != role {
				return s, fmt.Errorf("gives the server two roles, %s and %s", s.Role, role)
			}
			s.Role = role
		}
		s.Addresses = append(s.Addresses, a)
	}
	if s.Role == "" {
		s.Role = Participant
	}
	slices.SortStableFunc(s.Addresses, func(a, b PeerAddress) int { return strings.Compare(a.Host, b.Host) })
	for i, field := range []**ClientAddress{&s.Client, &s.Secure} {
		if len(parts) < i+2 {
			break
		}
		if text := strings.TrimSpace(parts[i+1]); text != "" {
			a, err := parseClientAddress(text)
			if err != nil {
				return s, err
			}
			*field = &a
		}
	}
	return s, nil
}

func parsePeerAddress(text string) (a PeerAddress, role Role, err error) {
	fields := splitHost(text)
	if len(fields) < 3 || len(fields) > 4 || fields[0] == "" {
		return a, "", fmt.Errorf("has the address %q, which is not host:quorumPort:electionPort", text)
	}
	a.Host = fields[0]
	if a.QuorumPort, err = parsePort(fields[1]); err != nil {
		return a, "", err
	}
	if a.ElectionPort, err = parsePort(fields[2]); err != nil {
		return a, "", err
	}
	if len(fields) == 4 {
		role, err = parseRole(fields[3])
	}
	return a, role, err
}

func parseClientAddress(text string) (a ClientAddress, err error) {
	fields := splitHost(text)
	switch len(fields) {
	case 1:
		a.Host = "0.0.0.0"
	case 2:
		a.Host = fields[0]
	default:
		return a, fmt.Errorf("has the client address %q, which is neither port nor host:port", text)
	}
	a.Port, err = parsePort(fields[len(fields)-1])
	return a, err
}

// splitHost splits at colons, but not inside brackets, which it removes.
func splitHost(text string) []string {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		if host, after, ok := strings.Cut(rest, "]"); ok && strings.HasPrefix(after, ":") {
			return append([]string{host}, strings.Split(after[1:], ":")...)
		}
	}
	return strings.Split(text, ":")
}

func parsePort(text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil {
		return 0, fmt.Errorf("has %q where a port from 0 to 65535 belongs", text)
	}
	return int(n), nil
}

func parseRole(text string) (Role, error) {
	switch r := Role(strings.ToLower(strings.TrimSpace(text))); r {
	case Participant, Observer:
		return r, nil
	}
	return "", fmt.Errorf("has the role %q, which is neither participant nor observer", text)
}

// String is the value of the line server.N as ZooKeeper writes it: with the role always.
func (s Server) String() string {
	var b strings.Builder
	for i, a := range s.Addresses {
		if i > 0 {
			b.WriteByte('|')
		}
		host := a.Host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		fmt.Fprintf(&b, "%s:%d:%d", host, a.QuorumPort, a.ElectionPort)
	}
	b.WriteString(":" + string(s.Role))
	if s.Client != nil {
		b.WriteString(";" + s.Client.String())
	}
	if s.Secure != nil {
		if s.Client == nil {
			b.WriteByte(';')
		}
		b.WriteString(";" + s.Secure.String())
	}
	return b.String()
}

// Text is the configuration of the ensemble as /zookeeper/config and the members' files hold it: lines server.N,
// group.G, weight.N in order of their numbers, and version=<hex> without a newline.
func (e Ensemble) Text() string {
	var b strings.Builder
	for _, s := range e.Servers {
		fmt.Fprintf(&b, "server.%d=%s\n", s.ID, s)
	}
	for _, g := range e.Groups {
		ids := make([]string, len(g.Members))
		for i, id := range g.Members {
			ids[i] = strconv.FormatInt(id, 10)
		}
		fmt.Fprintf(&b, "group.%d=%s\n", g.ID, strings.Join(ids, ":"))
	}
	for _, w := range e.Weights {
		fmt.Fprintf(&b, "weight.%d=%d\n", w.ID, w.Votes)
	}
	fmt.Fprintf(&b, "version=%x", uint64(e.Version))
	return b.String()
}

// Member returns the server with an id.
func (e Ensemble) Member(id int64) (Server, bool) {
	i := slices.IndexFunc(e.Servers, func(s Server) bool { return s.ID == id })
	if i < 0 {
		return Server{}, false
	}
	return e.Servers[i], true
}

// Voters is the number of participants.
func (e Ensemble) Voters() int {
	n := 0
	for _, s := range e.Servers {
		if s.Role == Participant {
			n++
		}
	}
	return n
}

// Distributed tells whether the configuration asks for an ensemble: more than one voter, or standaloneEnabled
// off (ZooKeeper's QuorumPeerConfig.isDistributed).
func (e Ensemble) Distributed() bool { return e.Voters() > 1 || !e.StandaloneEnabled }
