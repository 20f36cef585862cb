package election

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/election/quorum"
)

var rewrite = flag.Bool("rewrite", false, "write what the scenes really show into testdata/scenes")

// The scenes of testdata/scenes drive one server. A block is a few steps, then "----" and what the server does. Votes
// are written leader/zxid/round/peerEpoch, as in ZooKeeper's log lines; "none" is the value of who does not vote.
//
//	server 1 of voters=1,2,3 observers=4 group.1=1,2 weight.1=0 reconfig    a fresh server
//	start zxid=0x5 epoch=1 [observer]                                       it looks for a leader
//	from 2 LOOKING 2/0x0/1/0 [v=0] [config=VERSION:VOTERS]                  a notification of server 2
//	silence                  the wait is over, and what was sent before has gone out
//	silence undelivered      the wait is over, and nothing could be sent
//	old timer                a timer fires that was replaced since
//	epoch 5                  the elected leader is established in epoch 5
//	designate 3/0x0/1/5      a leader by reconfiguration
//	proposed VERSION:VOTERS  a configuration is proposed and not committed yet
//	stop
func TestScenes(t *testing.T) {
	files, err := filepath.Glob("testdata/scenes/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			shown := playScene(t, string(text))
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(shown), 0o644))
			}
			require.Equal(t, string(text), shown)
		})
	}
}

func playScene(t *testing.T, text string) string {
	sc := &scene{t: t}
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n\n") {
		input, _, _ := strings.Cut(block, "\n----")
		out.WriteString(input)
		seen := []string{}
		steps := false
		for line := range strings.SplitSeq(input, "\n") {
			if line != "" && line[0] != '#' {
				steps = true
				seen = append(seen, sc.step(line)...)
			}
		}
		if steps {
			if len(seen) == 0 {
				seen = []string{"nothing"}
			}
			out.WriteString("\n----\n" + strings.Join(seen, "\n"))
		}
		out.WriteString("\n\n")
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

type scene struct {
	t      *testing.T
	e      *Elector
	config *quorum.Config
	timer  Timer
	old    Timer
}

func (sc *scene) step(line string) []string {
	words := strings.Fields(line)
	opts := map[string]string{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		opts[k] = v
	}
	_, observer := opts["observer"]
	switch words[0] {
	case "server":
		_, reconfig := opts["reconfig"]
		sc.config = sceneConfig(sc.t, words)
		sc.e = New(Options{ID: number(sc.t, words[1]), Reconfig: reconfig}, sc.config)
		return []string{}
	case "start":
		return sc.show(Start{number(sc.t, opts["zxid"]), number(sc.t, opts["epoch"]), observer})
	case "from":
		n := Notification{State: stateNamed(sc.t, words[2]), Vote: voteOf(sc.t, words[3]), Version: FormatVersion, Config: sc.config.String()}
		if v, ok := opts["v"]; ok {
			n.Version, n.Config = int32(number(sc.t, v)), ""
		}
		if text, ok := opts["config"]; ok {
			n.Config = text
			if strings.Contains(text, ":") {
				n.Config = versionOf(sc.t, text).String()
			}
		}
		return sc.show(Received{number(sc.t, words[1]), n})
	case "silence":
		return sc.show(TimerFired{sc.timer.Seq, len(words) == 1})
	case "old":
		return sc.show(TimerFired{sc.old.Seq, true})
	case "epoch":
		return sc.show(EpochBegun{number(sc.t, words[1])})
	case "designate":
		return sc.show(Designated{voteOf(sc.t, words[1]), observer})
	case "proposed":
		return sc.show(Configured{sc.config, versionOf(sc.t, words[1])})
	case "stop":
		return sc.show(Stop{})
	}
	sc.t.Fatalf("unknown step: %s", line)
	return nil
}

func (sc *scene) show(in Input) []string {
	before := sc.e.State()
	r := sc.e.Step(in)
	var seen []string
	for i := 0; i < len(r.Send); {
		var to []string
		x := r.Send[i]
		for ; i < len(r.Send) && r.Send[i].Notification == x.Notification; i++ {
			to = append(to, strconv.FormatInt(r.Send[i].To, 10))
		}
		seen = append(seen, fmt.Sprintf("to %s: %v %s", strings.Join(to, ","), x.State, voteText(x.Vote)))
	}
	if r.ConnectAll {
		seen = append(seen, "connect to all")
	}
	if r.Timer.Seq != 0 {
		sc.old, sc.timer = sc.timer, r.Timer
		seen = append(seen, "wait "+r.Timer.After.String())
	}
	if r.Reconfigured != nil {
		seen = append(seen, fmt.Sprintf("configuration %d of %v", r.Reconfigured.Version(), r.Reconfigured.Voters()))
	}
	if r.Restart {
		seen = append(seen, "to be started again")
	}
	if r.Deserted {
		seen = append(seen, "deserted")
	}
	if r.Decided != nil {
		seen = append(seen, fmt.Sprintf("decided: %v %s by %v", r.Decided.State, voteText(r.Decided.Vote), r.Decided.Voters))
	} else if before != sc.e.State() {
		seen = append(seen, fmt.Sprintf("now %v", sc.e.State()))
	}
	return seen
}

// sceneConfig makes the configuration that the words of a "server" step describe.
func sceneConfig(t *testing.T, words []string) *quorum.Config {
	var text strings.Builder
	for _, w := range words[2:] {
		key, value, _ := strings.Cut(w, "=")
		switch {
		case key == "voters" || key == "observers":
			role := map[string]string{"voters": "participant", "observers": "observer"}[key]
			for sid := range strings.SplitSeq(value, ",") {
				fmt.Fprintf(&text, "server.%s=h%s:1:2:%s\n", sid, sid, role)
			}
		case strings.HasPrefix(key, "group.") || strings.HasPrefix(key, "weight."):
			fmt.Fprintf(&text, "%s=%s\n", key, strings.ReplaceAll(value, ",", ":"))
		}
	}
	c, err := quorum.Parse(text.String())
	require.NoError(t, err)
	return c
}

// versionOf reads VERSION:VOTERS.
func versionOf(t *testing.T, text string) *quorum.Config {
	version, voters, _ := strings.Cut(text, ":")
	return sceneConfig(t, []string{"", "", "voters=" + voters}).WithVersion(number(t, version))
}

func stateNamed(t *testing.T, name string) State {
	names := []string{"LOOKING", "FOLLOWING", "LEADING", "OBSERVING"}
	if i := slices.Index(names, name); i >= 0 {
		return State(i)
	}
	return State(number(t, name))
}

func number(t *testing.T, text string) int64 {
	if text == "none" {
		return NoVote
	}
	n, err := strconv.ParseInt(text, 0, 64)
	require.NoError(t, err)
	return n
}

func voteOf(t *testing.T, text string) Vote {
	parts := strings.Split(text, "/")
	require.Len(t, parts, 4, text)
	return Vote{number(t, parts[0]), number(t, parts[1]), number(t, parts[2]), number(t, parts[3])}
}

func voteText(v Vote) string {
	if v.Leader == NoVote && v.Zxid == NoVote && v.PeerEpoch == NoVote {
		return fmt.Sprintf("none/none/%d/none", v.Round)
	}
	if v.Zxid == -1 {
		return fmt.Sprintf("%d/-1/%d/%d", v.Leader, v.Round, v.PeerEpoch)
	}
	return fmt.Sprintf("%d/%#x/%d/%d", v.Leader, v.Zxid, v.Round, v.PeerEpoch)
}

// Waits are ZooKeeper's, unless others are asked for.
func TestDefaults(t *testing.T) {
	o := Options{}.withDefaults()
	require.Equal(t, 200*time.Millisecond, o.MinInterval)
	require.Equal(t, time.Minute, o.MaxInterval)
	require.Equal(t, 200*time.Millisecond, o.FinalizeWait)
	require.Equal(t, Options{MinInterval: 1, MaxInterval: 2, FinalizeWait: 3}, Options{MinInterval: 1, MaxInterval: 2, FinalizeWait: 3}.withDefaults())
}
