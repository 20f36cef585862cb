package playground

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStory(t *testing.T) {
	for line, want := range map[string]string{
		`{"round":1,"message":"looking for a leader"}`:                                                               "looks for a leader",
		`{"round":2,"message":"looking for a leader"}`:                                                               "",
		`{"epoch":7,"message":"leading: a quorum follows, and clients are served"}`:                                  "leads, epoch 7",
		`{"epoch":7,"message":"leading: a quorum follows, and serves the clients (leaderServes=no)"}`:                "leads, epoch 7",
		`{"state":"FOLLOWING","leader":3,"message":"in step with the leader: clients are served"}`:                   "follows server 3",
		`{"state":"OBSERVING","leader":3,"message":"in step with the leader: clients are served"}`:                   "observes server 3",
		`{"state":"FOLLOWING","leader":3,"error":"the connection to the leader ended","message":"leaving the role"}`: "looks for a leader again: the connection to the leader ended",
		`{"state":"FOLLOWING","leader":3,"error":"the server stops","message":"leaving the role"}`:                   "",
		`{"message":"no quorum: reads are served to clients that allow for it"}`:                                     "serves reads alone: there is no quorum",
		`{"message":"data loaded"}`: "",
		`panic: no line of a log`:   "",
	} {
		require.Equal(t, want, story([]byte(line+"\n")), line)
	}
}

func TestReadable(t *testing.T) {
	require.Regexp(t, `^\d\d:\d\d:\d\d INF data loaded zxid=0x1$`,
		string(readable([]byte(`{"level":"info","zxid":"0x1","time":"2026-11-22T17:50:52Z","message":"data loaded"}`+"\n"))))
	require.Equal(t, "panic: no line of a log", string(readable([]byte("panic: no line of a log\n"))))
}
