package quorum

import (
	"net"
	"slices"
	"strconv"
	"strings"
)

// The text of a configuration (zab.md section 12, operations.md section 3):
//
//	server.N=host:quorumPort:electionPort[|...][:role][;[clientHost:]clientPort[;[host:]securePort]]
//	group.G=id:id:...
//	weight.N=votes
//	version=hex

// String is the text that servers exchange: members, groups and weights ascending, every role and weight written
// out, last the version without a line end.
func (c *Config) String() string { return c.text }

func (c *Config) format() string {
	return c.body() + "version=" + strconv.FormatUint(uint64(c.version), 16)
}

// body is the text without the version.
func (c *Config) body() string {
	var b strings.Builder
	for _, s := range c.servers {
		b.WriteString("server." + decimal(s.ID) + "=" + s.String() + "\n")
	}
	for _, g := range c.groups {
		ids := make([]string, len(g.Members))
		for i, sid := range g.Members {
			ids[i] = decimal(sid)
		}
		b.WriteString("group." + decimal(g.ID) + "=" + strings.Join(ids, ":") + "\n")
	}
	for _, w := range c.weights {
		b.WriteString("weight." + decimal(w.Server) + "=" + decimal(w.Votes) + "\n")
	}
	return b.String()
}

// String is what stands behind server.N= in the text.
func (s Server) String() string {
	parts := make([]string, len(s.Addresses))
	for i, a := range s.Addresses {
		parts[i] = net.JoinHostPort(a.Host, strconv.Itoa(a.QuorumPort)) + ":" + strconv.Itoa(a.ElectionPort)
	}
	text := strings.Join(parts, "|") + ":" + s.Role.String()
	if s.Client != nil {
		text += ";" + s.Client.String()
	}
	if s.Secure != nil {
		if s.Client == nil {
			text += ";"
		}
		text += ";" + s.Secure.String()
	}
	return text
}

// String is host:port.
func (e Endpoint) String() string { return net.JoinHostPort(e.Host, strconv.Itoa(e.Port)) }

// Parse reads the text of a configuration. Empty lines and lines that begin with # are skipped; without a line
// version= the version is 0. The error is a [ConfigError].
func Parse(text string) (*Config, error) {
	var (
		version int64
		servers []Server
		groups  []Group
		weights []Weight
	)
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			return nil, configErrorf("the line %q has no =", line)
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		kind, number, numbered := strings.Cut(key, ".")
		if kind == "version" && !numbered {
			v, err := strconv.ParseUint(value, 16, 64)
			if err != nil {
				return nil, configErrorf("the version %q is not a hexadecimal number", value)
			}
			version = int64(v)
			continue
		}
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, configErrorf("the key %q is not server.N, group.N, weight.N or version", key)
		}
		switch kind {
		case "server":
			var s Server
			if s, err = ParseServer(id, value); err == nil {
				servers = append(servers, s)
			}
		case "group":
			var g Group
			if g, err = parseGroup(id, value); err == nil {
				groups = append(groups, g)
			}
		case "weight":
			var votes int64
			if votes, err = strconv.ParseInt(value, 10, 64); err != nil {
				err = configErrorf("weight.%d is %q: write a number", id, value)
			}
			weights = append(weights, Weight{id, votes})
		default:
			err = configErrorf("the key %q is not server.N, group.N, weight.N or version", key)
		}
		if err != nil {
			return nil, err
		}
	}
	return New(version, servers, groups, weights)
}

func parseGroup(id int64, value string) (Group, error) {
	g := Group{ID: id}
	for part := range strings.SplitSeq(value, ":") {
		sid, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return g, configErrorf("group.%d has %q where the number of a server belongs", id, part)
		}
		g.Members = append(g.Members, sid)
	}
	return g, nil
}

// ParseServer reads what stands behind server.N= in the text. Addresses that name a role must name the same one;
// the role may stand behind any of them (ZooKeeper itself writes it behind the last).
func ParseServer(id int64, value string) (Server, error) {
	s := Server{ID: id}
	parts := strings.Split(value, ";")
	if len(parts) > 3 {
		return s, configErrorf("server.%d has %d parts separated by ; where there are at most 3", id, len(parts))
	}
	named := ""
	for text := range strings.SplitSeq(parts[0], "|") {
		fields := splitHost(strings.TrimSpace(text))
		if len(fields) < 3 || len(fields) > 4 || fields[0] == "" {
			return s, configErrorf("server.%d has the address %q, which is not host:quorumPort:electionPort", id, text)
		}
		quorumPort, err := parsePort(id, fields[1])
		if err != nil {
			return s, err
		}
		electionPort, err := parsePort(id, fields[2])
		if err != nil {
			return s, err
		}
		s.Addresses = append(s.Addresses, Address{fields[0], quorumPort, electionPort})
		if len(fields) == 4 {
			role := strings.ToLower(strings.TrimSpace(fields[3]))
			if named != "" && role != named {
				return s, configErrorf("server.%d has two roles, %s and %s", id, named, role)
			}
			named = role
		}
	}
	switch named {
	case "", "participant":
	case "observer":
		s.Role = Observer
	default:
		return s, configErrorf("server.%d has the role %q, which is neither participant nor observer", id, named)
	}
	for i, field := range []**Endpoint{&s.Client, &s.Secure} {
		if len(parts) < i+2 || strings.TrimSpace(parts[i+1]) == "" {
			continue
		}
		fields := splitHost(strings.TrimSpace(parts[i+1]))
		if len(fields) > 2 {
			return s, configErrorf("server.%d has the client address %q, which is neither port nor host:port", id, parts[i+1])
		}
		port, err := parsePort(id, fields[len(fields)-1])
		if err != nil {
			return s, err
		}
		host := "0.0.0.0"
		if len(fields) == 2 {
			host = fields[0]
		}
		*field = &Endpoint{host, port}
	}
	slices.SortStableFunc(s.Addresses, func(a, b Address) int { return strings.Compare(a.Host, b.Host) })
	return s, nil
}

// splitHost splits at colons, but not inside of brackets, which it removes.
func splitHost(text string) []string {
	if rest, ok := strings.CutPrefix(text, "["); ok {
		if host, after, ok := strings.Cut(rest, "]"); ok && strings.HasPrefix(after, ":") {
			return append([]string{host}, strings.Split(after[1:], ":")...)
		}
	}
	return strings.Split(text, ":")
}

func parsePort(id int64, text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 16)
	if err != nil {
		return 0, configErrorf("server.%d has %q where a port from 0 to 65535 belongs", id, text)
	}
	return int(n), nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// ElectionAddresses are the host:port of the member for elections, in the order of its addresses.
func (s Server) ElectionAddresses() []string {
	all := make([]string, len(s.Addresses))
	for i, a := range s.Addresses {
		all[i] = net.JoinHostPort(a.Host, strconv.Itoa(a.ElectionPort))
	}
	return all
}

// QuorumAddresses are the host:port at which the member, when it leads, takes learners, in the order of its addresses.
func (s Server) QuorumAddresses() []string {
	all := make([]string, len(s.Addresses))
	for i, a := range s.Addresses {
		all[i] = net.JoinHostPort(a.Host, strconv.Itoa(a.QuorumPort))
	}
	return all
}
