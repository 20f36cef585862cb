package config

import "time"

// Session says how long sessions live and what kinds there are.
type Session struct {
	// TickTime: the basic unit of time: sessions, heartbeats and ensemble limits are multiples of it. [tickTime |
	// default 3000 | ms]
	TickTime time.Duration
	// MinTimeout: shortest session timeout that a client can get. [minSessionTimeout | default 2 ticks | ms]
	MinTimeout time.Duration
	// MaxTimeout: longest session timeout that a client can get. [maxSessionTimeout | default 20 ticks | ms]
	MaxTimeout time.Duration
	// Local: sessions that only the server holding the connection knows of. [localSessionsEnabled | default false]
	Local bool
	// LocalUpgrading: a local session that creates an ephemeral node becomes a global one.
	// [localSessionsUpgradingEnabled | default false]
	LocalUpgrading bool
	// ReadOnlyMode: a server without a quorum serves reads to clients that accept it; also puts `isro` on the
	// whitelist. [readonlymode.enabled | -Dreadonlymode.enabled | default false]
	ReadOnlyMode bool
}

// sessionKeys is the part of the table of keys that fills Session.
func sessionKeys() []Key {
	return []Key{
		{Name: "tickTime", Origin: FromFile, Default: "3000", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Session.TickTime }),
			Doc:   "the basic unit of time: sessions, heartbeats and ensemble limits are multiples of it"},
		{Name: "minSessionTimeout", Origin: FromFile, Default: "-1", Derived: "2 ticks", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Session.MinTimeout }),
			Doc:   "shortest session timeout that a client can get"},
		{Name: "maxSessionTimeout", Origin: FromFile, Default: "-1", Derived: "20 ticks", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Session.MaxTimeout }),
			Doc:   "longest session timeout that a client can get"},
		{Name: "localSessionsEnabled", Origin: FromFile, Default: "false",
			parse: boolean(func(c *Config) *bool { return &c.Session.Local }),
			Doc:   "sessions that only the server holding the connection knows of"},
		{Name: "localSessionsUpgradingEnabled", Origin: FromFile, Default: "false",
			parse: boolean(func(c *Config) *bool { return &c.Session.LocalUpgrading }),
			Doc:   "a local session that creates an ephemeral node becomes a global one"},
		{Name: "readonlymode.enabled", Origin: FromBareProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Session.ReadOnlyMode }),
			Doc:   "a server without a quorum serves reads to clients that accept it; also puts `isro` on the whitelist"},
	}
}
