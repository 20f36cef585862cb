package config

import (
	"fmt"
	"slices"
	"strconv"
)

// checkMembers looks at the server, group and weight lines (QuorumPeerConfig.parseDynamicConfig).
func (c *Config) checkMembers(fault reporter) {
	e := c.Ensemble
	if e.ElectionAlg != 3 {
		fault("electionAlg", "does not exist", "leave it out: there is only 3")
	}
	voters, observers := e.Voters(), len(e.Servers)-e.Voters()
	switch {
	case voters == 0 && observers > 0:
		fault("server."+itoa(e.Servers[0].ID), "is an observer in an ensemble without voters", "make at least one server a participant")
	case voters == 0 && !e.StandaloneEnabled:
		fault("standaloneEnabled", "is off, but no server.N votes", "add the lines server.N")
	case voters == 1 && observers > 0 && e.StandaloneEnabled:
		fault("standaloneEnabled", "is on, but the one voter has observers", "write standaloneEnabled=false, or add voters")
	}
	for _, s := range e.Servers {
		key := "server." + itoa(s.ID)
		if len(s.Addresses) > 1 && !e.MultiAddress {
			fault(key, "has several addresses", "write multiAddress.enabled=true, or keep one address")
		}
		for _, a := range s.Addresses {
			if a.QuorumPort == a.ElectionPort {
				fault(key, "has the same port for quorum and election", "give it two ports, such as 2888 and 3888")
			}
		}
		if len(e.Groups) > 0 && s.Role == Participant {
			if n := e.groupsOf(s.ID); n != 1 {
				fault(key, fmt.Sprintf("is in %d groups", n), "name every participant in exactly one line group.N")
			}
		}
	}
	if len(e.Groups) == 0 && len(e.Weights) > 0 {
		fault("weight."+itoa(e.Weights[0].ID), "stands without groups", "add the lines group.N, or leave the weights out")
	}
	e.checkAddresses(fault)
	for _, g := range e.Groups {
		for _, id := range g.Members {
			if _, ok := e.Member(id); !ok {
				fault("group."+itoa(g.ID), "names server "+itoa(id)+", which has no line", "add server."+itoa(id)+", or take it out of the group")
			}
		}
	}
}

// checkAddresses finds servers that cannot both be there, since they have a port in common.
func (e Ensemble) checkAddresses(fault reporter) {
	taken := map[string]int64{}
	for _, s := range e.Servers {
		for _, a := range s.Addresses {
			for _, port := range []int{a.QuorumPort, a.ElectionPort} {
				at := ClientAddress{a.Host, port}.String()
				if other, ok := taken[at]; ok && other != s.ID {
					fault("server."+itoa(s.ID), "has "+at+", and so has server "+itoa(other), "give each server ports of its own")
				}
				taken[at] = s.ID
			}
		}
	}
}

// groupsOf counts the groups that a server is in.
func (e Ensemble) groupsOf(id int64) int {
	n := 0
	for _, g := range e.Groups {
		if slices.Contains(g.Members, id) {
			n++
		}
	}
	return n
}

// checkEnsemble looks at what only a member of an ensemble needs.
func (c *Config) checkEnsemble(fault reporter) {
	e := c.Ensemble
	if e.ServerRequireSASL && !e.LearnerRequireSASL {
		fault("quorum.auth.serverRequireSasl", "needs quorum.auth.learnerRequireSasl", "set both, or none")
	}
	if e.LearnerRequireSASL && !e.SASL {
		fault("quorum.auth.learnerRequireSasl", "needs quorum.auth.enableSasl", "set both, or none")
	}
	if !e.Distributed() {
		return
	}
	if e.InitLimit <= 0 {
		fault("initLimit", "is not set", "write a number of ticks, such as 10")
	}
	if e.SyncLimit <= 0 {
		fault("syncLimit", "is not set", "write a number of ticks, such as 5")
	}
	if c.Tree.ExtendedTypes && e.MyID > maxExtendedID {
		fault("extendedTypesEnabled", "is on, and myid says that this is server "+itoa(e.MyID), "give it a number up to "+itoa(maxExtendedID))
	}
	if _, ok := e.Member(e.MyID); !ok && e.MyID != unknownID {
		fault("server."+itoa(e.MyID), "is what myid says this server is, but there is no such line", "add the line, or correct myid")
	}
}

// maxExtendedID is the largest number of a server with TTL nodes: session ids that begin with 255 are theirs
// (EphemeralType.MAX_EXTENDED_SERVER_ID).
const maxExtendedID = 254

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
