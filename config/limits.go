package config

import "time"

// Limits says how much work the server takes on at once.
type Limits struct {
	// GlobalOutstanding: when more requests than this wait or are worked on, connections that have one outstanding
	// are not read from. [globalOutstandingLimit | -Dzookeeper.globalOutstandingLimit | default 1000 | requests]
	GlobalOutstanding int
	// LargeRequestMax: most bytes in flight in requests above largeRequestThreshold. [largeRequestMaxBytes |
	// -Dzookeeper.largeRequestMaxBytes | default 104857600 | bytes]
	LargeRequestMax int
	// LargeRequestThreshold: requests longer than this count as large; -1: none does. [largeRequestThreshold |
	// -Dzookeeper.largeRequestThreshold | default -1 | bytes]
	LargeRequestThreshold int
	// ThrottleMax: most requests in the pipeline; the others wait before it; 0: no limit.
	// [request_throttle_max_requests | -Dzookeeper.request_throttle_max_requests | default 0 | requests]
	ThrottleMax int
	// ThrottleStall: longest wait of the throttler before it looks again. [request_throttle_stall_time |
	// -Dzookeeper.request_throttle_stall_time | default 100 | ms]
	ThrottleStall time.Duration
	// ThrottleDropStale: drop waiting requests whose connection is gone. [request_throttle_drop_stale |
	// -Dzookeeper.request_throttle_drop_stale | default true]
	ThrottleDropStale bool
	// ThrottleShutdown: at shutdown, how long waiting requests may still be finished.
	// [request_throttler.shutdownTimeout | -Dzookeeper.request_throttler.shutdownTimeout | default 10000 | ms]
	ThrottleShutdown time.Duration
	// StaleConnectionCheck: a request is stale when its connection is closed. [request_stale_connection_check |
	// -Dzookeeper.request_stale_connection_check | default true]
	StaleConnectionCheck bool
	// StaleLatencyCheck: a request is stale when it is older than its session's timeout.
	// [request_stale_latency_check | -Dzookeeper.request_stale_latency_check | default false]
	StaleLatencyCheck bool
	// ThrottledOpWait: a request that waited longer is answered with ThrottledOp; 0: never.
	// [throttled_op_wait_time | -Dzookeeper.throttled_op_wait_time | default 0 | ms]
	ThrottledOpWait time.Duration
	// ConnTokens: size of the token bucket for new connections; 0: no throttling. [connection_throttle_tokens |
	// -Dzookeeper.connection_throttle_tokens | default 0 | connections]
	ConnTokens int
	// ConnFillTime: how often tokens are added. [connection_throttle_fill_time |
	// -Dzookeeper.connection_throttle_fill_time | default 1 | ms]
	ConnFillTime time.Duration
	// ConnFillCount: how many tokens are added. [connection_throttle_fill_count |
	// -Dzookeeper.connection_throttle_fill_count | default 1 | tokens]
	ConnFillCount int
	// ConnFreezeTime: how often the probability of dropping is adapted; -1: never.
	// [connection_throttle_freeze_time | -Dzookeeper.connection_throttle_freeze_time | default -1 | ms]
	ConnFreezeTime time.Duration
	// ConnDropIncrease: step by which the probability of dropping grows. [connection_throttle_drop_increase |
	// -Dzookeeper.connection_throttle_drop_increase | default 0.02]
	ConnDropIncrease float64
	// ConnDropDecrease: step by which the probability of dropping shrinks. [connection_throttle_drop_decrease |
	// -Dzookeeper.connection_throttle_drop_decrease | default 0.002]
	ConnDropDecrease float64
	// ConnDecreaseRatio: the probability shrinks while tokens are above this share of the bucket.
	// [connection_throttle_decrease_ratio | -Dzookeeper.connection_throttle_decrease_ratio | default 0]
	ConnDecreaseRatio float64
	// ConnWeighted: connections take tokens by their weight. [connection_throttle_weight_enabled |
	// -Dzookeeper.connection_throttle_weight_enabled | default false]
	ConnWeighted bool
	// ConnGlobalWeight: weight of a connection that opens a global session.
	// [connection_throttle_global_session_weight | -Dzookeeper.connection_throttle_global_session_weight | default
	// 3 | tokens]
	ConnGlobalWeight int
	// ConnLocalWeight: weight of a connection that opens a local session.
	// [connection_throttle_local_session_weight | -Dzookeeper.connection_throttle_local_session_weight | default 1
	// | tokens]
	ConnLocalWeight int
	// ConnRenewWeight: weight of a connection that renews a session. [connection_throttle_renew_session_weight |
	// -Dzookeeper.connection_throttle_renew_session_weight | default 2 | tokens]
	ConnRenewWeight int
}

// limitsKeys is the part of the table of keys that fills Limits.
func limitsKeys() []Key {
	return []Key{
		{Name: "globalOutstandingLimit", Origin: FromProperty, Default: "1000", Unit: "requests",
			parse: whole(func(c *Config) *int { return &c.Limits.GlobalOutstanding }),
			Doc:   "when more requests than this wait or are worked on, connections that have one outstanding are not read from"},
		{Name: "largeRequestMaxBytes", Origin: FromProperty, Default: "104857600", Unit: "bytes", Needs: "request throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.LargeRequestMax }),
			Doc:   "most bytes in flight in requests above largeRequestThreshold"},
		{Name: "largeRequestThreshold", Origin: FromProperty, Default: "-1", Unit: "bytes", Needs: "request throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.LargeRequestThreshold }),
			Doc:   "requests longer than this count as large; -1: none does"},
		{Name: "request_throttle_max_requests", Origin: FromProperty, Default: "0", Unit: "requests", Needs: "request throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.ThrottleMax }),
			Doc:   "most requests in the pipeline; the others wait before it; 0: no limit"},
		{Name: "request_throttle_stall_time", Origin: FromProperty, Default: "100", Unit: "ms", Needs: "request throttling",
			parse: millis(func(c *Config) *time.Duration { return &c.Limits.ThrottleStall }),
			Doc:   "longest wait of the throttler before it looks again"},
		{Name: "request_throttle_drop_stale", Origin: FromProperty, Default: "true", Needs: "request throttling",
			parse: lenient(func(c *Config) *bool { return &c.Limits.ThrottleDropStale }),
			Doc:   "drop waiting requests whose connection is gone"},
		{Name: "request_throttler.shutdownTimeout", Origin: FromProperty, Default: "10000", Unit: "ms", Needs: "request throttling",
			parse: millis(func(c *Config) *time.Duration { return &c.Limits.ThrottleShutdown }),
			Doc:   "at shutdown, how long waiting requests may still be finished"},
		{Name: "request_stale_connection_check", Origin: FromProperty, Default: "true", Needs: "request throttling",
			parse: lenient(func(c *Config) *bool { return &c.Limits.StaleConnectionCheck }),
			Doc:   "a request is stale when its connection is closed"},
		{Name: "request_stale_latency_check", Origin: FromProperty, Default: "false", Needs: "request throttling",
			parse: lenient(func(c *Config) *bool { return &c.Limits.StaleLatencyCheck }),
			Doc:   "a request is stale when it is older than its session's timeout"},
		{Name: "throttled_op_wait_time", Origin: FromProperty, Default: "0", Unit: "ms", Needs: "request throttling",
			parse: millis(func(c *Config) *time.Duration { return &c.Limits.ThrottledOpWait }),
			Doc:   "a request that waited longer is answered with ThrottledOp; 0: never"},
		{Name: "connection_throttle_tokens", Origin: FromProperty, Default: "0", Unit: "connections", Needs: "connection throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.ConnTokens }),
			Doc:   "size of the token bucket for new connections; 0: no throttling"},
		{Name: "connection_throttle_fill_time", Origin: FromProperty, Default: "1", Unit: "ms", Needs: "connection throttling",
			parse: millis(func(c *Config) *time.Duration { return &c.Limits.ConnFillTime }),
			Doc:   "how often tokens are added"},
		{Name: "connection_throttle_fill_count", Origin: FromProperty, Default: "1", Unit: "tokens", Needs: "connection throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.ConnFillCount }),
			Doc:   "how many tokens are added"},
		{Name: "connection_throttle_freeze_time", Origin: FromProperty, Default: "-1", Unit: "ms", Needs: "connection throttling",
			parse: millis(func(c *Config) *time.Duration { return &c.Limits.ConnFreezeTime }),
			Doc:   "how often the probability of dropping is adapted; -1: never"},
		{Name: "connection_throttle_drop_increase", Origin: FromProperty, Default: "0.02", Needs: "connection throttling",
			parse: decimal(func(c *Config) *float64 { return &c.Limits.ConnDropIncrease }),
			Doc:   "step by which the probability of dropping grows"},
		{Name: "connection_throttle_drop_decrease", Origin: FromProperty, Default: "0.002", Needs: "connection throttling",
			parse: decimal(func(c *Config) *float64 { return &c.Limits.ConnDropDecrease }),
			Doc:   "step by which the probability of dropping shrinks"},
		{Name: "connection_throttle_decrease_ratio", Origin: FromProperty, Default: "0", Needs: "connection throttling",
			parse: decimal(func(c *Config) *float64 { return &c.Limits.ConnDecreaseRatio }),
			Doc:   "the probability shrinks while tokens are above this share of the bucket"},
		{Name: "connection_throttle_weight_enabled", Origin: FromProperty, Default: "false", Needs: "connection throttling",
			parse: lenient(func(c *Config) *bool { return &c.Limits.ConnWeighted }),
			Doc:   "connections take tokens by their weight"},
		{Name: "connection_throttle_global_session_weight", Origin: FromProperty, Default: "3", Unit: "tokens", Needs: "connection throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.ConnGlobalWeight }),
			Doc:   "weight of a connection that opens a global session"},
		{Name: "connection_throttle_local_session_weight", Origin: FromProperty, Default: "1", Unit: "tokens", Needs: "connection throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.ConnLocalWeight }),
			Doc:   "weight of a connection that opens a local session"},
		{Name: "connection_throttle_renew_session_weight", Origin: FromProperty, Default: "2", Unit: "tokens", Needs: "connection throttling",
			parse: whole(func(c *Config) *int { return &c.Limits.ConnRenewWeight }),
			Doc:   "weight of a connection that renews a session"},
	}
}
