package quorum

import (
	"cmp"
	"slices"
)

// Role is what a member does.
type Role uint8

// The roles: a participant votes, an observer follows what was decided.
const (
	Participant Role = iota
	Observer
)

// String is the role as it stands in a server line.
func (r Role) String() string {
	if r == Observer {
		return "observer"
	}
	return "participant"
}

// Address is one of the addresses of a member; the ports are for followers and for elections.
type Address struct {
	Host         string // a name or an IP address, IPv6 without brackets
	QuorumPort   int
	ElectionPort int
}

// Endpoint is where a member serves clients.
type Endpoint struct {
	Host string // IPv6 without brackets
	Port int
}

// Server is a member.
type Server struct {
	ID        int64
	Role      Role
	Addresses []Address // at least one, ascending by host
	// Client and Secure are nil when they are not part of the configuration: an address that comes from clientPort
	// of a static file is no part of it. Only servers from 3.10 on know Secure.
	Client, Secure *Endpoint
}

// Config is one configuration of an ensemble. It never changes after [New]; do not change what its methods return.
type Config struct {
	version  int64
	servers  []Server
	groups   []Group
	weights  []Weight
	verifier Verifier
	voters   []int64
	text     string
}

// New makes a configuration. With groups or weights votes are counted by [Hierarchical], otherwise by [Majority].
// The error is a [ConfigError].
func New(version int64, servers []Server, groups []Group, weights []Weight) (*Config, error) {
	c := &Config{version: version}
	for _, s := range servers {
		if len(s.Addresses) == 0 {
			return nil, configErrorf("server %d has no address: write host:quorumPort:electionPort", s.ID)
		}
		s.Addresses = slices.Clone(s.Addresses)
		slices.SortStableFunc(s.Addresses, func(a, b Address) int { return cmp.Compare(a.Host, b.Host) })
		c.servers = append(c.servers, s)
	}
	slices.SortFunc(c.servers, func(a, b Server) int { return cmp.Compare(a.ID, b.ID) })
	for i, s := range c.servers {
		if i > 0 && c.servers[i-1].ID == s.ID {
			return nil, configErrorf("server %d is there twice: leave one of the lines out", s.ID)
		}
		if s.Role == Participant {
			c.voters = append(c.voters, s.ID)
		}
	}
	if len(c.voters) == 0 {
		return nil, configErrorf("nobody votes: at least one server must be a participant")
	}
	if len(groups)+len(weights) == 0 {
		c.verifier = NewMajority(c.voters)
	} else if err := c.hierarchical(groups, weights); err != nil {
		return nil, err
	}
	c.text = c.format()
	return c, nil
}

// hierarchical puts the rule of groups in force. Weights that are not given are written out, as ZooKeeper does.
func (c *Config) hierarchical(groups []Group, weights []Weight) error {
	for _, g := range groups {
		g.Members = slices.Clone(g.Members)
		slices.Sort(g.Members)
		c.groups = append(c.groups, g)
	}
	slices.SortFunc(c.groups, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	for i := 1; i < len(c.groups); i++ {
		if c.groups[i-1].ID == c.groups[i].ID {
			return configErrorf("group %d is there twice: join the lines", c.groups[i].ID)
		}
	}
	h, err := NewHierarchical(c.voters, c.groups, weights)
	if err != nil {
		return err
	}
	c.verifier = h
	for sid, votes := range h.weight {
		c.weights = append(c.weights, Weight{sid, votes})
	}
	slices.SortFunc(c.weights, func(a, b Weight) int { return cmp.Compare(a.Server, b.Server) })
	return nil
}

// Version is the zxid of the transaction that made the configuration, 0 for one from a static file.
func (c *Config) Version() int64 { return c.version }

// Servers are all members, ascending by id.
func (c *Config) Servers() []Server { return c.servers }

// Voters are the ids of the participants, ascending.
func (c *Config) Voters() []int64 { return c.voters }

// Server gives the member with this id.
func (c *Config) Server(sid int64) (Server, bool) {
	i, ok := slices.BinarySearchFunc(c.servers, sid, func(s Server, sid int64) int { return cmp.Compare(s.ID, sid) })
	if !ok {
		return Server{}, false
	}
	return c.servers[i], true
}

// IsVoter tells whether the server is a participant.
func (c *Config) IsVoter(sid int64) bool {
	_, ok := slices.BinarySearch(c.voters, sid)
	return ok
}

// IsHierarchical tells whether votes are counted by groups and weights.
func (c *Config) IsHierarchical() bool { _, ok := c.verifier.(Hierarchical); return ok }

// Groups are the groups of a hierarchical configuration, ascending by id.
func (c *Config) Groups() []Group { return c.groups }

// Weights are the weights of a hierarchical configuration, ascending by server, with those that count 1 by default.
func (c *Config) Weights() []Weight { return c.weights }

// Quorum tells whether the voters for which has is true may decide.
func (c *Config) Quorum(has func(sid int64) bool) bool { return c.verifier.Quorum(has) }

// Weight is what the vote of a server counts; a server of weight 0 can never be elected.
func (c *Config) Weight(sid int64) int64 { return c.verifier.Weight(sid) }

// SameMembers tells whether two configurations differ in nothing but perhaps the version.
func (c *Config) SameMembers(other *Config) bool { return c.body() == other.body() }

// WithVersion is the same configuration with another version.
func (c *Config) WithVersion(version int64) *Config {
	d := *c
	d.version = version
	d.text = d.format()
	return &d
}

// Configs are the configurations in force: the committed one, and while the members change the proposed one too.
type Configs []*Config

// InForce gives the configurations that count: committed, and lastProposed if it is newer. lastProposed may be nil.
func InForce(committed, lastProposed *Config) Configs {
	if lastProposed != nil && lastProposed.version > committed.version {
		return Configs{committed, lastProposed}
	}
	return Configs{committed}
}

// Quorum tells whether the servers are a quorum in each of the configurations. No configuration, no quorum.
func (cs Configs) Quorum(has func(sid int64) bool) bool {
	for _, c := range cs {
		if !c.Quorum(has) {
			return false
		}
	}
	return len(cs) > 0
}

// IsVoter tells whether the server votes in any of the configurations.
func (cs Configs) IsVoter(sid int64) bool {
	return slices.ContainsFunc(cs, func(c *Config) bool { return c.IsVoter(sid) })
}

// Voters are the ids of all that vote in any of the configurations, ascending.
func (cs Configs) Voters() []int64 {
	var all []int64
	for _, c := range cs {
		all = append(all, c.voters...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
