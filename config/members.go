package config

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// The parsers of the keys that describe the members of an ensemble. They keep the members sorted by number, as
// ZooKeeper writes them.

func server(c *Config, suffix, value string) error {
	id, err := memberID(suffix)
	if err != nil {
		return err
	}
	if id < 0 {
		return problem{"has a negative number", "number the servers from 1 to 255"}
	}
	s, err := ParseServer(id, value)
	if err != nil {
		return problem{err.Error(),
			"write host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]"}
	}
	if _, twice := c.Ensemble.Member(id); twice {
		return problem{"names server " + strconv.FormatInt(id, 10) + " a second time", "leave one of the lines out"}
	}
	c.Ensemble.Servers = append(c.Ensemble.Servers, s)
	slices.SortFunc(c.Ensemble.Servers, func(a, b Server) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func group(c *Config, suffix, value string) error {
	id, err := memberID(suffix)
	if err != nil {
		return err
	}
	g := Group{ID: id}
	for _, part := range strings.Split(value, ":") {
		member, err := strconv.ParseInt(strings.TrimSpace(part), 10, 64)
		if err != nil {
			return problem{"has " + strconv.Quote(part) + " where the number of a server belongs",
				"write numbers separated by colons, such as 1:2:3"}
		}
		g.Members = append(g.Members, member)
	}
	c.Ensemble.Groups = append(c.Ensemble.Groups, g)
	slices.SortFunc(c.Ensemble.Groups, func(a, b Group) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func weight(c *Config, suffix, value string) error {
	id, err := memberID(suffix)
	if err != nil {
		return err
	}
	votes, err := number(value, 64)
	if err != nil {
		return err
	}
	if votes < 0 {
		return problem{"is a negative number of votes", "write 0 or more"}
	}
	c.Ensemble.Weights = append(c.Ensemble.Weights, Weight{id, votes})
	slices.SortFunc(c.Ensemble.Weights, func(a, b Weight) int { return cmp.Compare(a.ID, b.ID) })
	return nil
}

func memberID(suffix string) (int64, error) {
	id, err := strconv.ParseInt(suffix, 10, 64)
	if err != nil {
		return 0, problem{"has no number after the dot of its key", "number it, such as server.1"}
	}
	return id, nil
}

func peerType(field func(*Config) *Role) parseFunc {
	return func(c *Config, _, value string) error {
		role, err := parseRole(value)
		if err != nil {
			return problem{"is no role", "write participant or observer"}
		}
		*field(c) = role
		return nil
	}
}

func configVersion(field func(*Config) *int64) parseFunc {
	return func(c *Config, _, value string) error {
		n, err := strconv.ParseUint(value, 16, 64)
		if err != nil {
			return problem{"is not a hexadecimal number", "leave it out: the servers write it"}
		}
		*field(c) = int64(n)
		return nil
	}
}
