package quorum

import (
	"fmt"
	"math"
	"slices"
)

// Verifier is a rule that tells which sets of servers may decide for all. Any two quorums of one rule have a
// server in common: that is what makes a decision unique.
type Verifier interface {
	// Quorum tells whether the servers for which has is true are enough. Servers that do not vote do not count.
	Quorum(has func(sid int64) bool) bool
	// Weight is what the vote of a server counts; a server of weight 0 can never be elected.
	Weight(sid int64) int64
}

// Majority is the rule of more than half of the voters (QuorumMaj).
type Majority struct {
	voters []int64
}

// NewMajority makes the rule for these voters.
func NewMajority(voters []int64) Majority { return Majority{slices.Clone(voters)} }

// Quorum tells whether more than half of the voters are there.
func (m Majority) Quorum(has func(sid int64) bool) bool {
	n := 0
	for _, sid := range m.voters {
		if has(sid) {
			n++
		}
	}
	return n > len(m.voters)/2
}

// Weight is 1 for everybody, also for servers that are no voters: those are refused before weights are asked for.
func (m Majority) Weight(int64) int64 { return 1 }

// Group is a set of servers whose weights are counted together.
type Group struct {
	ID      int64
	Members []int64 // ascending
}

// Weight says what the vote of a server counts.
type Weight struct {
	Server int64
	Votes  int64 // not negative
}

// Hierarchical is the rule of most of the weight in most of the groups (QuorumHierarchical). Groups without any
// weight are as if they were not there.
type Hierarchical struct {
	voters map[int64]bool
	weight map[int64]int64
	groups []weighedGroup
}

type weighedGroup struct {
	members []int64
	total   int64 // more than 0
}

// NewHierarchical makes the rule. Every voter must be in exactly one group; a server without a weight counts 1.
func NewHierarchical(voters []int64, groups []Group, weights []Weight) (Hierarchical, error) {
	h := Hierarchical{voters: map[int64]bool{}, weight: map[int64]int64{}}
	for _, w := range weights {
		if w.Votes < 0 {
			return Hierarchical{}, configErrorf("weight.%d is %d: a weight is 0 or more", w.Server, w.Votes)
		}
		h.weight[w.Server] = w.Votes
	}
	home := map[int64]int64{}
	for _, g := range groups {
		total := int64(0)
		for _, sid := range g.Members {
			if other, twice := home[sid]; twice {
				return Hierarchical{}, configErrorf("server %d is in group %d and again in group %d: put it into one of them", sid, other, g.ID)
			}
			home[sid] = g.ID
			if _, given := h.weight[sid]; !given {
				h.weight[sid] = 1
			}
			if total > math.MaxInt64-h.weight[sid] {
				return Hierarchical{}, configErrorf("the weights of group %d are too large to be added up: lower them", g.ID)
			}
			total += h.weight[sid]
		}
		if total > 0 {
			h.groups = append(h.groups, weighedGroup{slices.Clone(g.Members), total})
		}
	}
	for _, sid := range voters {
		if _, ok := home[sid]; !ok {
			return Hierarchical{}, configErrorf("server %d is in no group: add it to a group line, or make it an observer", sid)
		}
		h.voters[sid] = true
	}
	return h, nil
}

// Quorum tells whether more than half of the groups are won, each by more than half of its weight.
func (h Hierarchical) Quorum(has func(sid int64) bool) bool {
	won := 0
	for _, g := range h.groups {
		votes := int64(0)
		for _, sid := range g.members {
			if h.voters[sid] && has(sid) {
				votes += h.weight[sid]
			}
		}
		if votes > g.total/2 {
			won++
		}
	}
	return won > len(h.groups)/2
}

// Weight is what was configured, 1 for members of groups without a weight line, 0 for strangers.
func (h Hierarchical) Weight(sid int64) int64 { return h.weight[sid] }

// ConfigError says what is wrong with a configuration, and what to do.
type ConfigError struct {
	Reason string
}

func (e *ConfigError) Error() string { return "configuration of the ensemble: " + e.Reason }

func configErrorf(format string, args ...any) error {
	return &ConfigError{fmt.Sprintf(format, args...)}
}
