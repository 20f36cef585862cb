package config

import (
	"fmt"
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
