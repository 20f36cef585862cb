package config

import "time"

// Pipeline tunes the stages that a request passes.
type Pipeline struct {
	// FlushDelay: longest time that a transaction may wait for others before the log is flushed; 0: flush as soon
	// as nothing more is waiting. [flushDelay | -Dzookeeper.flushDelay | default 0 | ms]
	FlushDelay time.Duration
	// MaxQueuePoll: how long the log writer looks for more before it flushes, with flushDelay on.
	// [maxWriteQueuePollTime | -Dzookeeper.maxWriteQueuePollTime | default a third of flushDelay | ms]
	MaxQueuePoll time.Duration
	// MaxBatch: most transactions that one flush covers. [maxBatchSize | -Dzookeeper.maxBatchSize | default 1000 |
	// transactions]
	MaxBatch int
}

// pipelineKeys is the part of the table of keys that fills Pipeline.
func pipelineKeys() []Key {
	return []Key{
		{Name: "flushDelay", Origin: FromProperty, Default: "0", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Pipeline.FlushDelay }),
			Doc:   "longest time that a transaction may wait for others before the log is flushed; 0: flush as soon as nothing more is waiting"},
		{Name: "maxWriteQueuePollTime", Origin: FromProperty, Derived: "a third of flushDelay", Unit: "ms", Inert: "flushDelay alone decides",
			parse: millis(func(c *Config) *time.Duration { return &c.Pipeline.MaxQueuePoll }),
			Doc:   "how long the log writer looks for more before it flushes, with flushDelay on"},
		{Name: "maxBatchSize", Origin: FromProperty, Default: "1000", Unit: "transactions",
			parse: whole(func(c *Config) *int { return &c.Pipeline.MaxBatch }),
			Doc:   "most transactions that one flush covers"},
	}
}
