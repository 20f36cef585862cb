//go:build interop

package election

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/election"
	"troupe/election/quorum"
	"troupe/interop/peer"
)

const (
	patience = 60 * time.Second // for Java to start, or to give up on a leader
	poll     = 50 * time.Millisecond
)

// ensemble is a configuration of three on free ports, and the Apache servers that run in it.
type ensemble struct {
	config *quorum.Config
	lines  []string // of zoo.cfg
	apache map[int64]*peer.Server
	dirs   map[int64]string
}

// newEnsemble lays out three members; extra are group and weight lines.
func newEnsemble(t *testing.T, extra ...string) *ensemble {
	e := &ensemble{apache: map[int64]*peer.Server{}, dirs: map[int64]string{}}
	for sid := int64(1); sid <= 3; sid++ {
		e.lines = append(e.lines, fmt.Sprintf("server.%d=127.0.0.1:%d:%d", sid, peer.FreePort(t), peer.FreePort(t)))
		e.dirs[sid] = t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(e.dirs[sid], "myid"), []byte(fmt.Sprintln(sid)), 0o644))
	}
	e.lines = append(e.lines, extra...)
	c, err := quorum.Parse(strings.Join(e.lines, "\n"))
	require.NoError(t, err)
	e.config = c
	return e
}

// launch starts Apache servers and does not wait.
func (e *ensemble) launch(t *testing.T, sids ...int64) {
	for _, sid := range sids {
		settings := append([]string{"initLimit=60", "syncLimit=6"}, e.lines...)
		e.apache[sid] = peer.Launch(t, peer.Apache, peer.Options{DataDir: e.dirs[sid], Settings: settings})
	}
}

// mode is what a server says that it is: leader, follower, or nothing while it elects.
func (e *ensemble) mode(sid int64) string {
	text, _ := peer.FourLetter(e.apache[sid].Addr, "srvr", time.Second)
	for line := range strings.Lines(text) {
		if mode, ok := strings.CutPrefix(line, "Mode: "); ok {
			return strings.TrimSpace(mode)
		}
	}
	return ""
}

// awaitModes waits until the servers are what is wanted.
func (e *ensemble) awaitModes(t *testing.T, want map[int64]string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for sid, mode := range want {
			if e.mode(sid) != mode {
				return false
			}
		}
		return true
	}, patience, poll, "%v", want)
}

// The server with the best log wins also when it is ours: Apache servers adopt our vote and follow. They cannot
// connect to a leader that is none, so they elect again when we are gone.
func TestApacheVotesForTheBest(t *testing.T) {
	e := newEnsemble(t)
	us := join(t, 1, e.config)
	us.Elect(5, 0, false, 0)
	e.launch(t, 2, 3)
	d := us.decision(patience)
	require.Equal(t, election.Leading, d.State)
	require.Equal(t, election.Vote{Leader: 1, Zxid: 5, Round: d.Vote.Round}, d.Vote)
	require.Subset(t, []int64{1, 2, 3}, d.Voters)
	require.GreaterOrEqual(t, len(d.Voters), 2)
	for _, h := range us.messages() {
		require.Equal(t, e.config.String(), h.Config, "Apache writes the configuration as we do")
	}
	us.leave()
	e.awaitModes(t, map[int64]string{2: "follower", 3: "leader"})
}

// We are not the best: our decision is theirs. When their leader dies, we elect the other one with it; the old leader
// comes back, and follows because our answers and the new leader's are a quorum.
func TestElectingWithApache(t *testing.T) {
	e := newEnsemble(t)
	us := join(t, 1, e.config)
	e.launch(t, 2, 3)
	// Java may start so slowly that server 2 would have been elected with our vote before there is a server 3.
	require.Eventually(t, func() bool { return us.connected(2, 3) }, patience, poll)
	us.Elect(0, 0, false, 0)
	d := us.decision(patience)
	e.awaitModes(t, map[int64]string{2: "follower", 3: "leader"})
	require.Equal(t, election.Following, d.State)
	require.EqualValues(t, 3, d.Vote.Leader)

	// We lose the leader too, and our vote makes the quorum for the better of the two that are left.
	e.apache[3].Kill()
	us.Elect(0, 0, false, 0)
	d = us.decision(patience)
	require.Equal(t, election.Following, d.State)
	require.EqualValues(t, 2, d.Vote.Leader)
	require.EqualValues(t, 1, d.Vote.PeerEpoch, "the epoch that 2 has on disk")
	require.Equal(t, []int64{1, 2}, d.Voters)

	// Server 3 would win an election by its id. That it follows shows that it believed our answer.
	e.launch(t, 3)
	e.awaitModes(t, map[int64]string{2: "leader", 3: "follower"})
}

// Who joins late learns the leader of an established ensemble within the first answers, also with a higher id, a
// better log, or as one of an ensemble of groups; and learns the new epoch.
func TestJoiningLate(t *testing.T) {
	for name, extra := range map[string][]string{
		"majority": nil,
		"groups":   {"group.1=1:2:3", "weight.1=1", "weight.2=3"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnsemble(t, extra...)
			e.launch(t, 1, 2)
			e.awaitModes(t, map[int64]string{1: "follower", 2: "leader"})
			us := join(t, 3, e.config)
			for range 3 {
				us.Elect(0x100000007, 1, false, 0)
				d := us.decision(patience)
				require.Equal(t, election.Following, d.State)
				require.EqualValues(t, 2, d.Vote.Leader)
				require.EqualValues(t, 1, d.Vote.PeerEpoch)
			}
			for _, h := range us.messages() {
				require.Equal(t, e.config.String(), h.Config)
			}
			// A new process of ours, with nothing in memory, finds its place again.
			us.leave()
			us = join(t, 3, e.config)
			us.Elect(0, 0, false, 0)
			require.EqualValues(t, 2, us.decision(patience).Vote.Leader)
			require.Eventually(t, func() bool { return us.connected(1, 2) }, patience, poll)
		})
	}
}
