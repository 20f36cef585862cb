package config

import "time"

// Operator says what the people who run the server can see and do.
type Operator struct {
	// FourLetterWhitelist: four-letter words that are answered, separated by commas; `*`: all.
	// [4lw.commands.whitelist | -Dzookeeper.4lw.commands.whitelist | default srvr, which is always there; isro too
	// with readonlymode.enabled]
	FourLetterWhitelist string
	// AdminEnabled: serve operator commands over HTTP. [admin.enableServer | -Dzookeeper.admin.enableServer |
	// default true]
	AdminEnabled bool
	// AdminAddress: address of the admin server. [admin.serverAddress | -Dzookeeper.admin.serverAddress | default
	// 0.0.0.0]
	AdminAddress string
	// AdminPort: port of the admin server. [admin.serverPort | -Dzookeeper.admin.serverPort | default 8080]
	AdminPort int
	// AdminIdleTimeout: idle connections are closed after this time. [admin.idleTimeout |
	// -Dzookeeper.admin.idleTimeout | default 30000 | ms]
	AdminIdleTimeout time.Duration
	// AdminURL: path under which the commands are. [admin.commandURL | -Dzookeeper.admin.commandURL | default
	// /commands]
	AdminURL string
	// AdminHTTPVersion: HTTP version: 10 or 11. [admin.httpVersion | -Dzookeeper.admin.httpVersion | default 11]
	AdminHTTPVersion int
	// AdminPortUnification: HTTP and HTTPS on one port. [admin.portUnification | -Dzookeeper.admin.portUnification
	// | default false]
	AdminPortUnification bool
	// AdminForceHTTPS: HTTPS only. [admin.forceHttps | -Dzookeeper.admin.forceHttps | default false]
	AdminForceHTTPS bool
	// AdminClientAuth: ask HTTPS callers for a certificate. [admin.needClientAuth |
	// -Dzookeeper.admin.needClientAuth | default false]
	AdminClientAuth bool
	// AdminRateInterval: least time between two snapshot or restore commands. [admin.rateLimiterIntervalInMS |
	// -Dzookeeper.admin.rateLimiterIntervalInMS | default 300000 | ms]
	AdminRateInterval time.Duration
	// AdminSnapshot: whether the snapshot command is there. [admin.snapshot.enabled |
	// -Dzookeeper.admin.snapshot.enabled | default true]
	AdminSnapshot bool
	// AdminRestore: whether the restore command is there. [admin.restore.enabled |
	// -Dzookeeper.admin.restore.enabled | default true]
	AdminRestore bool
	// Metrics: DefaultMetricsProvider (mntr and admin only), PrometheusMetricsProvider or NullMetricsProvider.
	// [metricsProvider.className | default DefaultMetricsProvider]
	Metrics MetricsProvider
	// MetricsHost: address of the Prometheus listener. [metricsProvider.httpHost | default 0.0.0.0]
	MetricsHost string
	// MetricsPort: port of the Prometheus listener. [metricsProvider.httpPort | default 7000]
	MetricsPort int
	// MetricsRuntime: also give figures of the process and its runtime. [metricsProvider.exportJvmInfo | default
	// true]
	MetricsRuntime bool
	// MetricsOptions: a further option of the metrics provider. [metricsProvider.N | default none]
	MetricsOptions []Option
	// PathStats: count requests by path. [pathStats.enabled | -Dzookeeper.pathStats.enabled | default false]
	PathStats bool
	// PathStatsSlots: number of time slots kept. [pathStats.slotCapacity | -Dzookeeper.pathStats.slotCapacity |
	// default 60 | slots]
	PathStatsSlots int
	// PathStatsSlotTime: length of one slot. [pathStats.slotDuration | -Dzookeeper.pathStats.slotDuration |
	// default 15 | s]
	PathStatsSlotTime time.Duration
	// PathStatsDepth: deepest level of a path that is told apart. [pathStats.maxDepth |
	// -Dzookeeper.pathStats.maxDepth | default 6 | levels]
	PathStatsDepth int
	// PathStatsInitialDelay: time before the first evaluation. [pathStats.initialDelay |
	// -Dzookeeper.pathStats.initialDelay | default 5 | s]
	PathStatsInitialDelay time.Duration
	// PathStatsDelay: time between evaluations. [pathStats.delay | -Dzookeeper.pathStats.delay | default 5 | s]
	PathStatsDelay time.Duration
	// PathStatsTop: number of paths reported. [pathStats.topPathMax | -Dzookeeper.pathStats.topPathMax | default
	// 20 | paths]
	PathStatsTop int
	// PathStatsSample: share of requests that is counted. [pathStats.sampleRate | -Dzookeeper.pathStats.sampleRate
	// | default 0.1]
	PathStatsSample float64
	// TrackMessages: keep the last packets between leader and learner for the log. [messageTracker.Enabled |
	// -Dzookeeper.messageTracker.Enabled | default false]
	TrackMessages bool
	// TrackedMessages: number of packets kept. [messageTracker.BufferSize | -Dzookeeper.messageTracker.BufferSize
	// | default 10 | packets]
	TrackedMessages int
	// Audit: write one line for each change and who made it. [audit.enable | -Dzookeeper.audit.enable | default
	// false]
	Audit bool
	// AuditLogger: Java class that writes the audit log. [audit.impl.class | -Dzookeeper.audit.impl.class |
	// default Slf4jAuditLogger]
	AuditLogger string
}

// operatorKeys is the part of the table of keys that fills Operator.
func operatorKeys() []Key {
	return []Key{
		{Name: "4lw.commands.whitelist", Origin: FromProperty, Derived: "srvr, which is always there; isro too with readonlymode.enabled",
			parse: text(func(c *Config) *string { return &c.Operator.FourLetterWhitelist }),
			Doc:   "four-letter words that are answered, separated by commas; `*`: all"},
		{Name: "admin.enableServer", Origin: FromProperty, Default: "true", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Operator.AdminEnabled }),
			Doc:   "serve operator commands over HTTP"},
		{Name: "admin.serverAddress", Origin: FromProperty, Default: "0.0.0.0", Needs: "the admin server",
			parse: text(func(c *Config) *string { return &c.Operator.AdminAddress }),
			Doc:   "address of the admin server"},
		{Name: "admin.serverPort", Origin: FromProperty, Default: "8080", Needs: "the admin server",
			parse: whole(func(c *Config) *int { return &c.Operator.AdminPort }),
			Doc:   "port of the admin server"},
		{Name: "admin.idleTimeout", Origin: FromProperty, Default: "30000", Unit: "ms", Needs: "the admin server",
			parse: millis(func(c *Config) *time.Duration { return &c.Operator.AdminIdleTimeout }),
			Doc:   "idle connections are closed after this time"},
		{Name: "admin.commandURL", Origin: FromProperty, Default: "/commands", Needs: "the admin server",
			parse: text(func(c *Config) *string { return &c.Operator.AdminURL }),
			Doc:   "path under which the commands are"},
		{Name: "admin.httpVersion", Origin: FromProperty, Default: "11", Needs: "the admin server",
			parse: whole(func(c *Config) *int { return &c.Operator.AdminHTTPVersion }),
			Doc:   "HTTP version: 10 or 11"},
		{Name: "admin.portUnification", Origin: FromProperty, Default: "false", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Operator.AdminPortUnification }),
			Doc:   "HTTP and HTTPS on one port"},
		{Name: "admin.forceHttps", Origin: FromProperty, Default: "false", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Operator.AdminForceHTTPS }),
			Doc:   "HTTPS only"},
		{Name: "admin.needClientAuth", Origin: FromProperty, Default: "false", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Operator.AdminClientAuth }),
			Doc:   "ask HTTPS callers for a certificate"},
		{Name: "admin.rateLimiterIntervalInMS", Origin: FromProperty, Default: "300000", Unit: "ms", Needs: "the admin server",
			parse: millis(func(c *Config) *time.Duration { return &c.Operator.AdminRateInterval }),
			Doc:   "least time between two snapshot or restore commands"},
		{Name: "admin.snapshot.enabled", Origin: FromProperty, Default: "true", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Operator.AdminSnapshot }),
			Doc:   "whether the snapshot command is there"},
		{Name: "admin.restore.enabled", Origin: FromProperty, Default: "true", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Operator.AdminRestore }),
			Doc:   "whether the restore command is there"},
		{Name: "metricsProvider.className", Origin: FromFile, Default: "DefaultMetricsProvider", Needs: "metrics",
			parse: metricsProvider(func(c *Config) *MetricsProvider { return &c.Operator.Metrics }),
			Doc:   "DefaultMetricsProvider (mntr and admin only), PrometheusMetricsProvider or NullMetricsProvider"},
		{Name: "metricsProvider.httpHost", Origin: FromFile, Default: "0.0.0.0", Needs: "metrics",
			parse: text(func(c *Config) *string { return &c.Operator.MetricsHost }),
			Doc:   "address of the Prometheus listener"},
		{Name: "metricsProvider.httpPort", Origin: FromFile, Default: "7000", Needs: "metrics",
			parse: whole(func(c *Config) *int { return &c.Operator.MetricsPort }),
			Doc:   "port of the Prometheus listener"},
		{Name: "metricsProvider.exportJvmInfo", Origin: FromFile, Default: "true", Needs: "metrics",
			parse: lenient(func(c *Config) *bool { return &c.Operator.MetricsRuntime }),
			Doc:   "also give figures of the process and its runtime"},
		{Name: "metricsProvider.*", Origin: FromFile, Derived: "none", Needs: "metrics",
			parse: metricsOption,
			Doc:   "a further option of the metrics provider"},
		{Name: "pathStats.enabled", Origin: FromProperty, Default: "false", Needs: "path statistics",
			parse: lenient(func(c *Config) *bool { return &c.Operator.PathStats }),
			Doc:   "count requests by path"},
		{Name: "pathStats.slotCapacity", Origin: FromProperty, Default: "60", Unit: "slots", Needs: "path statistics",
			parse: whole(func(c *Config) *int { return &c.Operator.PathStatsSlots }),
			Doc:   "number of time slots kept"},
		{Name: "pathStats.slotDuration", Origin: FromProperty, Default: "15", Unit: "s", Needs: "path statistics",
			parse: seconds(func(c *Config) *time.Duration { return &c.Operator.PathStatsSlotTime }),
			Doc:   "length of one slot"},
		{Name: "pathStats.maxDepth", Origin: FromProperty, Default: "6", Unit: "levels", Needs: "path statistics",
			parse: whole(func(c *Config) *int { return &c.Operator.PathStatsDepth }),
			Doc:   "deepest level of a path that is told apart"},
		{Name: "pathStats.initialDelay", Origin: FromProperty, Default: "5", Unit: "s", Needs: "path statistics",
			parse: seconds(func(c *Config) *time.Duration { return &c.Operator.PathStatsInitialDelay }),
			Doc:   "time before the first evaluation"},
		{Name: "pathStats.delay", Origin: FromProperty, Default: "5", Unit: "s", Needs: "path statistics",
			parse: seconds(func(c *Config) *time.Duration { return &c.Operator.PathStatsDelay }),
			Doc:   "time between evaluations"},
		{Name: "pathStats.topPathMax", Origin: FromProperty, Default: "20", Unit: "paths", Needs: "path statistics",
			parse: whole(func(c *Config) *int { return &c.Operator.PathStatsTop }),
			Doc:   "number of paths reported"},
		{Name: "pathStats.sampleRate", Origin: FromProperty, Default: "0.1", Needs: "path statistics",
			parse: decimal(func(c *Config) *float64 { return &c.Operator.PathStatsSample }),
			Doc:   "share of requests that is counted"},
		{Name: "messageTracker.Enabled", Origin: FromProperty, Default: "false", Needs: "the message tracker",
			parse: lenient(func(c *Config) *bool { return &c.Operator.TrackMessages }),
			Doc:   "keep the last packets between leader and learner for the log"},
		{Name: "messageTracker.BufferSize", Origin: FromProperty, Default: "10", Unit: "packets", Needs: "the message tracker",
			parse: whole(func(c *Config) *int { return &c.Operator.TrackedMessages }),
			Doc:   "number of packets kept"},
		{Name: "audit.enable", Origin: FromProperty, Default: "false", Needs: "the audit log",
			parse: lenient(func(c *Config) *bool { return &c.Operator.Audit }),
			Doc:   "write one line for each change and who made it"},
		{Name: "audit.impl.class", Origin: FromProperty, Default: "Slf4jAuditLogger", Needs: "the audit log",
			parse: text(func(c *Config) *string { return &c.Operator.AuditLogger }),
			Doc:   "Java class that writes the audit log"},
	}
}
