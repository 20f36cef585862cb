package config

import "time"

// Ensemble says which servers belong together and how they keep in step.
type Ensemble struct {
	// MyID is this server's number, from the file myid in dataDir; -1 when there is none.
	MyID int64
	// Servers: one member: `host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]`;
	// several addresses are joined by `|`. [server.N | default none]
	Servers []Server
	// Groups: members of one group of a hierarchical quorum: `id:id:...`. [group.N | default none]
	Groups []Group
	// Weights: votes of one member in a hierarchical quorum. [weight.N | default 1]
	Weights []Weight
	// Version: version of the configuration, hexadecimal; stands only in configuration texts. [version | default
	// the suffix of dynamicConfigFile, or 0]
	Version int64
	// DynamicFile: file that holds the server, group and weight lines. [dynamicConfigFile | default none]
	DynamicFile string
	// StandaloneEnabled: a configuration with one server runs it alone, without election. [standaloneEnabled |
	// default true]
	StandaloneEnabled bool
	// ReconfigEnabled: members can be changed while the ensemble runs. [reconfigEnabled | default false]
	ReconfigEnabled bool
	// InitLimit: how long a learner may take to connect to the leader and to catch up. [initLimit | default must
	// be set in an ensemble | ticks]
	InitLimit int
	// SyncLimit: how far a learner may be behind before it is dropped. [syncLimit | default must be set in an
	// ensemble | ticks]
	SyncLimit int
	// ConnectLimit: how long a learner tries to connect to the leader. [connectToLearnerMasterLimit | default
	// initLimit | ticks]
	ConnectLimit int
	// ElectionAlg: election algorithm; only 3 exists. [electionAlg | default 3]
	ElectionAlg int
	// ListenOnAllIPs: listen for peers on all addresses. [quorumListenOnAllIPs | default false]
	ListenOnAllIPs bool
	// PeerType: `participant` or `observer`; the role in the server line wins. [peerType | default participant]
	PeerType Role
	// SyncEnabled: observers write log and snapshots too. [syncEnabled | default true]
	SyncEnabled bool
	// ObserverMasterPort: port on which followers feed observers; 0: off. [observerMasterPort | default 0]
	ObserverMasterPort int
	// ObserverMasterSizeLimit: most committed packets that a follower keeps for its observers.
	// [observerMaster.sizeLimit | -Dzookeeper.observerMaster.sizeLimit | default 33554432 | bytes]
	ObserverMasterSizeLimit int
	// ObserverReconnectDelay: wait of an observer before it looks for a leader again. [observer.reconnectDelayMs |
	// -Dzookeeper.observer.reconnectDelayMs | default 0 | ms]
	ObserverReconnectDelay time.Duration
	// ObserverElectionDelay: wait of an observer before it takes part in an election. [observer.election.DelayMs |
	// -Dzookeeper.observer.election.DelayMs | default 200 | ms]
	ObserverElectionDelay time.Duration
	// OraclePath: file whose first character 1 lets one of two servers lead alone. [oraclePath | default none]
	OraclePath string
	// LeaderServes: `no`: the leader accepts no clients. [leaderServes | -Dzookeeper.leaderServes | default yes]
	LeaderServes bool
	// CommitLogCount: committed transactions kept in memory for learners that come back; at least 500.
	// [commitLogCount | -Dzookeeper.commitLogCount | default 500 | transactions]
	CommitLogCount int
	// SnapshotSizeFactor: share of the snapshot's size up to which a learner is brought up to date from log files;
	// negative: never. [snapshotSizeFactor | -Dzookeeper.snapshotSizeFactor | default 0.33]
	SnapshotSizeFactor float64
	// ForceSnapshotSync: always bring learners up to date with a snapshot. [forceSnapshotSync |
	// -Dzookeeper.forceSnapshotSync | default false]
	ForceSnapshotSync bool
	// MaxSnapSyncs: most learners that get a snapshot at a time. [leader.maxConcurrentSnapSyncs |
	// -Dzookeeper.leader.maxConcurrentSnapSyncs | default 10 | learners]
	MaxSnapSyncs int
	// MaxDiffSyncs: most learners that get transactions at a time. [leader.maxConcurrentDiffSyncs |
	// -Dzookeeper.leader.maxConcurrentDiffSyncs | default 100 | learners]
	MaxDiffSyncs int
	// EpochWait: longest wait of a leader for the epochs of a quorum; -1: initLimit only.
	// [leader.maxTimeToWaitForEpoch | -Dzookeeper.leader.maxTimeToWaitForEpoch | default -1 | ms]
	EpochWait time.Duration
	// AckLoggingFrequency: how often the leader logs the latency of an ack. [leader.ackLoggingFrequency |
	// -Dzookeeper.leader.ackLoggingFrequency | default 1000 | acks]
	AckLoggingFrequency int
	// LeaderConnectDelay: wait of a learner between tries to connect. [leaderConnectDelayDuringRetryMs |
	// -Dzookeeper.leaderConnectDelayDuringRetryMs | default 100 | ms]
	LeaderConnectDelay time.Duration
	// LeaderNoDelay: TCP_NODELAY from leader to learner. [leader.nodelay | -Dleader.nodelay | default true]
	LeaderNoDelay bool
	// FollowerNoDelay: TCP_NODELAY from learner to leader. [follower.nodelay | -Dfollower.nodelay | default true]
	FollowerNoDelay bool
	// KeepAlive: TCP keep-alive on election connections. [tcpKeepAlive | -Dzookeeper.tcpKeepAlive | default false]
	KeepAlive bool
	// ConnectTimeout: how long a connection to a peer's election port may take. [cnxTimeout |
	// -Dzookeeper.cnxTimeout | default 5000 | ms]
	ConnectTimeout time.Duration
	// HandshakeTimeout: how long a peer may take to introduce itself on the election port. [quorumCnxnTimeoutMs |
	// -Dzookeeper.quorumCnxnTimeoutMs | default tickTime * syncLimit | ms]
	HandshakeTimeout time.Duration
	// BindRetries: how often the election port is tried; 0: for ever. [electionPortBindRetry |
	// -Dzookeeper.electionPortBindRetry | default 3 | tries]
	BindRetries int
	// MinNotification: first wait for votes before they are sent again. [fastleader.minNotificationInterval |
	// -Dzookeeper.fastleader.minNotificationInterval | default 200 | ms]
	MinNotification time.Duration
	// MaxNotification: longest wait for votes before they are sent again. [fastleader.maxNotificationInterval |
	// -Dzookeeper.fastleader.maxNotificationInterval | default 60000 | ms]
	MaxNotification time.Duration
	// ConnThreads: most connection attempts to peers at a time; at least 20. [quorum.cnxn.threads.size | default
	// 20 | threads]
	ConnThreads int
	// MultiAddress: a server line may list several addresses, joined by `|`. [multiAddress.enabled | default
	// false]
	MultiAddress bool
	// ReachabilityCheck: try which of several addresses answers. [multiAddress.reachabilityCheckEnabled | default
	// true]
	ReachabilityCheck bool
	// ReachabilityTimeout: how long that may take. [multiAddress.reachabilityCheckTimeoutMs | default 1000 | ms]
	ReachabilityTimeout time.Duration
	// SASL: peers authenticate with SASL. [quorum.auth.enableSasl | default false]
	SASL bool
	// LearnerRequireSASL: connect only to peers that authenticate. [quorum.auth.learnerRequireSasl | default
	// false]
	LearnerRequireSASL bool
	// ServerRequireSASL: accept only peers that authenticate. [quorum.auth.serverRequireSasl | default false]
	ServerRequireSASL bool
	// LearnerContext: section of the JAAS file for connecting. [quorum.auth.learner.saslLoginContext | default
	// QuorumLearner]
	LearnerContext string
	// ServerContext: section of the JAAS file for accepting. [quorum.auth.server.saslLoginContext | default
	// QuorumServer]
	ServerContext string
	// ServicePrincipal: Kerberos principal of the peers. [quorum.auth.kerberos.servicePrincipal | default
	// zkquorum/localhost]
	ServicePrincipal string
}

// ensembleKeys is the part of the table of keys that fills Ensemble.
func ensembleKeys() []Key {
	return []Key{
		{Name: "server.*", Origin: FromFile, Derived: "none",
			parse: server,
			Doc:   "one member: `host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]`; several addresses are joined by `|`"},
		{Name: "group.*", Origin: FromFile, Derived: "none",
			parse: group,
			Doc:   "members of one group of a hierarchical quorum: `id:id:...`"},
		{Name: "weight.*", Origin: FromFile, Derived: "1",
			parse: weight,
			Doc:   "votes of one member in a hierarchical quorum"},
		{Name: "version", Origin: FromFile, Derived: "the suffix of dynamicConfigFile, or 0",
			parse: configVersion(func(c *Config) *int64 { return &c.Ensemble.Version }),
			Doc:   "version of the configuration, hexadecimal; stands only in configuration texts"},
		{Name: "dynamicConfigFile", Origin: FromFile, Derived: "none",
			parse: text(func(c *Config) *string { return &c.Ensemble.DynamicFile }),
			Doc:   "file that holds the server, group and weight lines"},
		{Name: "standaloneEnabled", Origin: FromFile, Default: "true",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.StandaloneEnabled }),
			Doc:   "a configuration with one server runs it alone, without election"},
		{Name: "reconfigEnabled", Origin: FromFile, Default: "false", Needs: "dynamic reconfiguration",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.ReconfigEnabled }),
			Doc:   "members can be changed while the ensemble runs"},
		{Name: "initLimit", Origin: FromFile, Default: "0", Derived: "must be set in an ensemble", Unit: "ticks",
			parse: whole(func(c *Config) *int { return &c.Ensemble.InitLimit }),
			Doc:   "how long a learner may take to connect to the leader and to catch up"},
		{Name: "syncLimit", Origin: FromFile, Default: "0", Derived: "must be set in an ensemble", Unit: "ticks",
			parse: whole(func(c *Config) *int { return &c.Ensemble.SyncLimit }),
			Doc:   "how far a learner may be behind before it is dropped"},
		{Name: "connectToLearnerMasterLimit", Origin: FromFile, Default: "0", Derived: "initLimit", Unit: "ticks",
			parse: whole(func(c *Config) *int { return &c.Ensemble.ConnectLimit }),
			Doc:   "how long a learner tries to connect to the leader"},
		{Name: "electionAlg", Origin: FromFile, Default: "3",
			parse: whole(func(c *Config) *int { return &c.Ensemble.ElectionAlg }),
			Doc:   "election algorithm; only 3 exists"},
		{Name: "quorumListenOnAllIPs", Origin: FromFile, Default: "false",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.ListenOnAllIPs }),
			Doc:   "listen for peers on all addresses"},
		{Name: "peerType", Origin: FromFile, Default: "participant",
			parse: peerType(func(c *Config) *Role { return &c.Ensemble.PeerType }),
			Doc:   "`participant` or `observer`; the role in the server line wins"},
		{Name: "syncEnabled", Aliases: []string{"observer.syncEnabled"}, Origin: FromFile, Default: "true", Needs: "observers that keep nothing on disk",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.SyncEnabled }),
			Doc:   "observers write log and snapshots too"},
		{Name: "observerMasterPort", Origin: FromFile, Default: "0", Needs: "observer masters",
			parse: whole(func(c *Config) *int { return &c.Ensemble.ObserverMasterPort }),
			Doc:   "port on which followers feed observers; 0: off"},
		{Name: "observerMaster.sizeLimit", Origin: FromProperty, Default: "33554432", Unit: "bytes", Needs: "observer masters",
			parse: whole(func(c *Config) *int { return &c.Ensemble.ObserverMasterSizeLimit }),
			Doc:   "most committed packets that a follower keeps for its observers"},
		{Name: "observer.reconnectDelayMs", Origin: FromProperty, Default: "0", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.ObserverReconnectDelay }),
			Doc:   "wait of an observer before it looks for a leader again"},
		{Name: "observer.election.DelayMs", Origin: FromProperty, Default: "200", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.ObserverElectionDelay }),
			Doc:   "wait of an observer before it takes part in an election"},
		{Name: "oraclePath", Origin: FromFile, Derived: "none", Needs: "oracles",
			parse: text(func(c *Config) *string { return &c.Ensemble.OraclePath }),
			Doc:   "file whose first character 1 lets one of two servers lead alone"},
		{Name: "leaderServes", Origin: FromProperty, Default: "yes",
			parse: unlessNo(func(c *Config) *bool { return &c.Ensemble.LeaderServes }),
			Doc:   "`no`: the leader accepts no clients"},
		{Name: "commitLogCount", Origin: FromProperty, Default: "500", Unit: "transactions",
			parse: whole(func(c *Config) *int { return &c.Ensemble.CommitLogCount }),
			Doc:   "committed transactions kept in memory for learners that come back; at least 500"},
		{Name: "snapshotSizeFactor", Origin: FromProperty, Default: "0.33",
			parse: decimal(func(c *Config) *float64 { return &c.Ensemble.SnapshotSizeFactor }),
			Doc:   "share of the snapshot's size up to which a learner is brought up to date from log files; negative: never"},
		{Name: "forceSnapshotSync", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Ensemble.ForceSnapshotSync }),
			Doc:   "always bring learners up to date with a snapshot"},
		{Name: "leader.maxConcurrentSnapSyncs", Origin: FromProperty, Default: "10", Unit: "learners",
			parse: whole(func(c *Config) *int { return &c.Ensemble.MaxSnapSyncs }),
			Doc:   "most learners that get a snapshot at a time"},
		{Name: "leader.maxConcurrentDiffSyncs", Origin: FromProperty, Default: "100", Unit: "learners",
			parse: whole(func(c *Config) *int { return &c.Ensemble.MaxDiffSyncs }),
			Doc:   "most learners that get transactions at a time"},
		{Name: "leader.maxTimeToWaitForEpoch", Origin: FromProperty, Default: "-1", Unit: "ms", Needs: "a shorter wait for epochs",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.EpochWait }),
			Doc:   "longest wait of a leader for the epochs of a quorum; -1: initLimit only"},
		{Name: "leader.ackLoggingFrequency", Origin: FromProperty, Default: "1000", Unit: "acks", Needs: "a log of acks",
			parse: whole(func(c *Config) *int { return &c.Ensemble.AckLoggingFrequency }),
			Doc:   "how often the leader logs the latency of an ack"},
		{Name: "leaderConnectDelayDuringRetryMs", Origin: FromProperty, Default: "100", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.LeaderConnectDelay }),
			Doc:   "wait of a learner between tries to connect"},
		{Name: "leader.nodelay", Origin: FromBareProperty, Default: "true", Inert: "packets travel in batches, which TCP never delays",
			parse: lenient(func(c *Config) *bool { return &c.Ensemble.LeaderNoDelay }),
			Doc:   "TCP_NODELAY from leader to learner"},
		{Name: "follower.nodelay", Origin: FromBareProperty, Default: "true", Inert: "packets travel in batches, which TCP never delays",
			parse: lenient(func(c *Config) *bool { return &c.Ensemble.FollowerNoDelay }),
			Doc:   "TCP_NODELAY from learner to leader"},
		{Name: "tcpKeepAlive", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Ensemble.KeepAlive }),
			Doc:   "TCP keep-alive on election connections"},
		{Name: "cnxTimeout", Origin: FromProperty, Default: "5000", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.ConnectTimeout }),
			Doc:   "how long a connection to a peer's election port may take"},
		{Name: "quorumCnxnTimeoutMs", Origin: FromProperty, Default: "-1", Derived: "tickTime * syncLimit", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.HandshakeTimeout }),
			Doc:   "how long a peer may take to introduce itself on the election port"},
		{Name: "electionPortBindRetry", Origin: FromProperty, Default: "3", Unit: "tries",
			parse: whole(func(c *Config) *int { return &c.Ensemble.BindRetries }),
			Doc:   "how often the election port is tried; 0: for ever"},
		{Name: "fastleader.minNotificationInterval", Origin: FromProperty, Default: "200", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.MinNotification }),
			Doc:   "first wait for votes before they are sent again"},
		{Name: "fastleader.maxNotificationInterval", Origin: FromProperty, Default: "60000", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.MaxNotification }),
			Doc:   "longest wait for votes before they are sent again"},
		{Name: "quorum.cnxn.threads.size", Origin: FromFile, Default: "20", Unit: "threads",
			parse: whole(func(c *Config) *int { return &c.Ensemble.ConnThreads }),
			Doc:   "most connection attempts to peers at a time; at least 20"},
		{Name: "multiAddress.enabled", Origin: FromFile, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Ensemble.MultiAddress }),
			Doc:   "a server line may list several addresses, joined by `|`"},
		{Name: "multiAddress.reachabilityCheckEnabled", Origin: FromFile, Default: "true", Inert: "all addresses of a member are tried at the same time",
			parse: lenient(func(c *Config) *bool { return &c.Ensemble.ReachabilityCheck }),
			Doc:   "try which of several addresses answers"},
		{Name: "multiAddress.reachabilityCheckTimeoutMs", Origin: FromFile, Default: "1000", Unit: "ms", Inert: "all addresses of a member are tried at the same time",
			parse: millis(func(c *Config) *time.Duration { return &c.Ensemble.ReachabilityTimeout }),
			Doc:   "how long that may take"},
		{Name: "quorum.auth.enableSasl", Origin: FromFile, Default: "false", Needs: "SASL",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.SASL }),
			Doc:   "peers authenticate with SASL"},
		{Name: "quorum.auth.learnerRequireSasl", Origin: FromFile, Default: "false", Needs: "SASL",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.LearnerRequireSASL }),
			Doc:   "connect only to peers that authenticate"},
		{Name: "quorum.auth.serverRequireSasl", Origin: FromFile, Default: "false", Needs: "SASL",
			parse: boolean(func(c *Config) *bool { return &c.Ensemble.ServerRequireSASL }),
			Doc:   "accept only peers that authenticate"},
		{Name: "quorum.auth.learner.saslLoginContext", Origin: FromFile, Default: "QuorumLearner", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Ensemble.LearnerContext }),
			Doc:   "section of the JAAS file for connecting"},
		{Name: "quorum.auth.server.saslLoginContext", Origin: FromFile, Default: "QuorumServer", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Ensemble.ServerContext }),
			Doc:   "section of the JAAS file for accepting"},
		{Name: "quorum.auth.kerberos.servicePrincipal", Origin: FromFile, Default: "zkquorum/localhost", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Ensemble.ServicePrincipal }),
			Doc:   "Kerberos principal of the peers"},
	}
}
