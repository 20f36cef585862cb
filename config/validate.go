package config

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Validate checks what can be wrong although each value can be read. It returns Faults with all that it finds,
// or nil. Load has already called it.
func (c *Config) Validate() error { return c.check(nil).err() }

// check is Validate without the keys whose value is known to be unreadable.
func (c *Config) check(failed map[string]bool) Faults {
	var faults Faults
	report := func(key, problem, remedy string) {
		if !failed[key] {
			faults = append(faults, c.fault(key, problem, remedy))
		}
	}
	for _, rules := range []func(reporter){
		c.checkData, c.checkClient, c.checkSession, c.checkAuth, c.checkLimits, c.checkMembers, c.checkEnsemble,
	} {
		rules(report)
	}
	return faults
}

// reporter takes a fault of a key.
type reporter func(key, problem, remedy string)

func (c *Config) checkData(fault reporter) {
	if c.Data.Dir == "" {
		fault("dataDir", "is not set", "name the directory for snapshots and logs")
	}
	if c.Data.PreAllocSize < 0 {
		fault("preAllocSize", "is negative", "write a number of KiB")
	}
	if c.Data.PurgeInterval < 0 {
		fault("autopurge.purgeInterval", "is negative", "write a number of hours, or 0 to purge never")
	}
}

func (c *Config) checkClient(fault reporter) {
	for _, l := range []struct {
		portKey, addressKey, address string
		port                         int
	}{
		{"clientPort", "clientPortAddress", c.Client.Address, c.Client.Port},
		{"secureClientPort", "secureClientPortAddress", c.Client.SecureAddress, c.Client.SecurePort},
	} {
		if l.port < -1 || l.port > 65535 {
			fault(l.portKey, "is no port", "write a number from 0 to 65535")
		}
		if l.address != "" && l.port == -1 {
			fault(l.addressKey, "is set without "+l.portKey, "set "+l.portKey+" too")
		}
	}
	if c.Client.Port > 0 && c.Client.Port == c.Client.SecurePort && c.Client.Address == c.Client.SecureAddress {
		fault("secureClientPort", "is the same as clientPort", "give TLS a port of its own")
	}
	if c.Client.MaxBuffer <= 0 {
		fault("jute.maxbuffer", "leaves no room for a request", "write a number of bytes, such as 1048575")
	}
}

func (c *Config) checkSession(fault reporter) {
	s := c.Session
	if s.TickTime <= 0 {
		fault("tickTime", "is not a time", "write a number of milliseconds above 0, such as 2000")
	}
	if s.MinTimeout < 0 {
		fault("minSessionTimeout", "is negative", "write a number of milliseconds, or -1 for 2 ticks")
	}
	if s.MaxTimeout < 0 {
		fault("maxSessionTimeout", "is negative", "write a number of milliseconds, or -1 for 20 ticks")
	}
	if s.MaxTimeout >= 0 && s.MinTimeout > s.MaxTimeout {
		fault("minSessionTimeout", fmt.Sprintf("(%d ms) is more than maxSessionTimeout (%d ms)",
			s.MinTimeout.Milliseconds(), s.MaxTimeout.Milliseconds()), "exchange them, or leave one out")
	}
	if s.MaxTimeout > maxTimeout {
		fault("maxSessionTimeout", "is more than the protocol can carry", "write at most 2147483647 (ms)")
	}
}

// maxTimeout is the longest session timeout: a signed 32-bit number of milliseconds on the wire.
const maxTimeout = (1<<31 - 1) * time.Millisecond

func (c *Config) checkAuth(fault reporter) {
	if c.Auth.Enforce && len(c.Auth.EnforceSchemes) == 0 {
		fault("enforce.auth.enabled", "is on, but enforce.auth.schemes names no scheme", "name those that are good enough, such as digest")
	}
}

func (c *Config) checkLimits(fault reporter) {
	if c.Limits.GlobalOutstanding <= 0 {
		fault("globalOutstandingLimit", "lets no request in", "write a number above 0, such as 1000")
	}
	if c.Pipeline.MaxBatch <= 0 {
		fault("maxBatchSize", "leaves no room for a transaction", "write a number above 0, such as 1000")
	}
	if c.Tree.ContainerCheckInterval <= 0 {
		fault("znode.container.checkIntervalMs", "is not a time", "write a number of milliseconds above 0")
	}
	if c.Tree.ContainerMaxPerMinute <= 0 {
		fault("znode.container.maxPerMinute", "lets no node be removed", "write a number above 0")
	}
}

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
	for _, g := range e.Groups {
		for _, id := range g.Members {
			if _, ok := e.Member(id); !ok {
				fault("group."+itoa(g.ID), "names server "+itoa(id)+", which has no line", "add server."+itoa(id)+", or take it out of the group")
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
	if _, ok := e.Member(e.MyID); !ok && e.MyID != unknownID {
		fault("server."+itoa(e.MyID), "is what myid says this server is, but there is no such line", "add the line, or correct myid")
	}
}

func itoa(id int64) string { return strconv.FormatInt(id, 10) }
