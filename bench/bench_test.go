package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"troupe/bench/peer"
	"troupe/bench/report"
)

func execute(t *testing.T, args ...string) (out, log string, err error) {
	t.Helper()
	var o, l bytes.Buffer
	c := Command()
	c.SetOut(&o)
	c.SetErr(&l)
	c.SetArgs(args)
	err = c.ExecuteContext(t.Context())
	return o.String(), l.String(), err
}

func TestListNamesTheTests(t *testing.T) {
	out, _, err := execute(t, "--list", "--only", "^writes$")
	require.NoError(t, err)
	require.Contains(t, out, "writes\n  setData 16x64 (quick): each acknowledged after fdatasync\n")
	require.NotContains(t, out, "getData")
}

func TestWhatCannotBeRunIsSaidBeforeAnythingStarts(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no such test":    {[]string{"--peers", "troupe", "--only", "^nothing$"}, "no test matches"},
		"no expression":   {[]string{"--peers", "troupe", "--only", "("}, "--only"},
		"no such peer":    {[]string{"--peers", "consul"}, "none of apache, troupe, etcd"},
		"no such binary":  {[]string{"--peers", "old=/no/such/troupe"}, "/no/such/troupe cannot be run"},
		"an argument":     {[]string{"quick"}, "unknown command"},
		"no number":       {[]string{"--rounds", "many"}, "--rounds"},
		"floor, no where": {[]string{"floor"}, "accepts 1 arg"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := execute(t, test.args...)
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestAPeerThatNobodyAskedForMayBeMissing(t *testing.T) {
	var log bytes.Buffer
	f := flags{peers: []string{"troupe", "old=/no/such/troupe"}}
	kinds, err := f.kinds(os.Args[0], &log)
	require.NoError(t, err)
	require.Equal(t, []peer.Kind{peer.Troupe{Label: "troupe", Binary: os.Args[0]}}, kinds)
	require.Contains(t, log.String(), "without old")
}

func TestQuickIsShorterUnlessToldOtherwise(t *testing.T) {
	c := Command()
	require.NoError(t, c.ParseFlags([]string{"--quick", "--rounds", "7"}))
	c.PreRun(c, nil)
	rounds, err := c.Flags().GetInt("rounds")
	require.NoError(t, err)
	require.Equal(t, 7, rounds)
	peers, err := c.Flags().GetStringSlice("peers")
	require.NoError(t, err)
	require.Equal(t, []string{"apache", "troupe", "floor"}, peers)
	length, err := c.Flags().GetDuration("time")
	require.NoError(t, err)
	require.EqualValues(t, 1, length.Seconds())
}

func TestFilesHoldTheReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "result.json")
	r := report.Report{Machine: "here"}
	require.NoError(t, writeFile(path, r.JSON))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"Machine": "here"`)
	require.ErrorIs(t, writeFile(filepath.Join(path, "below"), r.JSON), unix.ENOTDIR)
	require.NoError(t, writeFile("", r.JSON), "not asked for")
}
