package config

import "time"

// Tree says which kinds of znodes there are and what is checked about them.
type Tree struct {
	// ExtendedTypes: allow TTL nodes; server ids are then at most 254. [extendedTypesEnabled |
	// -Dzookeeper.extendedTypesEnabled | default false]
	ExtendedTypes bool
	// Emulate353TTL: read the TTL nodes that ZooKeeper 3.5.3 wrote. [emulate353TTLNodes |
	// -Dzookeeper.emulate353TTLNodes | default false]
	Emulate353TTL bool
	// CloseSessionTxn: the transaction that closes a session lists the ephemeral nodes that go with it.
	// [closeSessionTxn.enabled | -Dzookeeper.closeSessionTxn.enabled | default true]
	CloseSessionTxn bool
	// EnforceQuota: refuse writes beyond a hard quota. [enforceQuota | -Dzookeeper.enforceQuota | default false]
	EnforceQuota bool
	// EagerACLCheck: check permissions of a write at the learner that received it, before it goes to the leader.
	// [enableEagerACLCheck | -Dzookeeper.enableEagerACLCheck | default false]
	EagerACLCheck bool
	// ContainerCheckInterval: how often empty container nodes and TTL nodes that are due are looked for.
	// [znode.container.checkIntervalMs | -Dznode.container.checkIntervalMs | default 60000 | ms]
	ContainerCheckInterval time.Duration
	// ContainerMaxPerMinute: most container and TTL nodes removed in a minute. [znode.container.maxPerMinute |
	// -Dznode.container.maxPerMinute | default 10000 | nodes a minute]
	ContainerMaxPerMinute int
	// ContainerMaxNeverUsed: a container that never had a child is removed after this time; 0: never.
	// [znode.container.maxNeverUsedIntervalMs | -Dznode.container.maxNeverUsedIntervalMs | default 0 | ms]
	ContainerMaxNeverUsed time.Duration
}

// treeKeys is the part of the table of keys that fills Tree.
func treeKeys() []Key {
	return []Key{
		{Name: "extendedTypesEnabled", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Tree.ExtendedTypes }),
			Doc:   "allow TTL nodes; server ids are then at most 254"},
		{Name: "emulate353TTLNodes", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Tree.Emulate353TTL }),
			Doc:   "read the TTL nodes that ZooKeeper 3.5.3 wrote"},
		{Name: "closeSessionTxn.enabled", Origin: FromProperty, Default: "true",
			parse: lenient(func(c *Config) *bool { return &c.Tree.CloseSessionTxn }),
			Doc:   "the transaction that closes a session lists the ephemeral nodes that go with it"},
		{Name: "enforceQuota", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Tree.EnforceQuota }),
			Doc:   "refuse writes beyond a hard quota"},
		{Name: "enableEagerACLCheck", Origin: FromProperty, Default: "false", Needs: "checks at the learner",
			parse: lenient(func(c *Config) *bool { return &c.Tree.EagerACLCheck }),
			Doc:   "check permissions of a write at the learner that received it, before it goes to the leader"},
		{Name: "znode.container.checkIntervalMs", Origin: FromBareProperty, Default: "60000", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Tree.ContainerCheckInterval }),
			Doc:   "how often empty container nodes and TTL nodes that are due are looked for"},
		{Name: "znode.container.maxPerMinute", Origin: FromBareProperty, Default: "10000", Unit: "nodes a minute",
			parse: whole(func(c *Config) *int { return &c.Tree.ContainerMaxPerMinute }),
			Doc:   "most container and TTL nodes removed in a minute"},
		{Name: "znode.container.maxNeverUsedIntervalMs", Origin: FromBareProperty, Default: "0", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Tree.ContainerMaxNeverUsed }),
			Doc:   "a container that never had a child is removed after this time; 0: never"},
	}
}
