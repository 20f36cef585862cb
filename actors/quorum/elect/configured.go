package elect

import (
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"troupe/actors"
	"troupe/config"
	"troupe/election"
	"troupe/election/quorum"
)

// QuorumConfig are the members that zoo.cfg and dynamicConfigFile name. The client address of this server is part of it
// only if its line has one, not if it comes from clientPort. The error tells what to change.
func QuorumConfig(cfg *config.Config) (*quorum.Config, error) {
	c, err := quorum.Parse(cfg.Ensemble.Text())
	if err != nil {
		return nil, fmt.Errorf("the server lines of %s: %w", cfg.File, err)
	}
	return c, nil
}

// Configured are the options that zoo.cfg decides, with real connections to peers. Decided is left to the caller.
func Configured(cfg *config.Config, members *quorum.Config, clock actors.Clock, log zerolog.Logger) (Options, error) {
	e := cfg.Ensemble
	self, ok := members.Server(e.MyID)
	if !ok {
		return Options{}, fmt.Errorf("myid says that this is server %d, and there is no line server.%d: add it, or correct myid", e.MyID, e.MyID)
	}
	return Options{
		ID: self.ID, Config: members, Clock: clock, Log: log,
		Elector: election.Options{ID: self.ID, MinInterval: e.MinNotification, MaxInterval: e.MaxNotification},
		Open:    Mesh(MeshOptions(cfg, self, members, log)),
	}, nil
}

// Jitter is how long an observer waits before it elects anew after it has lost its leader, so that not all come at
// once: from 0 to below most (observer.election.DelayMs), as random(n), from 0 to below n, says.
func Jitter(most time.Duration, random func(n int64) int64) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(random(int64(most)))
}
