package peer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMembersShareNoPort(t *testing.T) {
	all, err := members(Size{Voters: 3, Observers: 2})
	require.NoError(t, err)
	require.Len(t, all, 5)
	ports := map[int]bool{}
	for i, m := range all {
		require.Equal(t, i+1, m.ID)
		require.Equal(t, i >= 3, m.Observer)
		for _, port := range []int{m.ClientPort, m.PeerPort, m.VotePort} {
			require.Positive(t, port)
			require.False(t, ports[port], "%d twice", port)
			ports[port] = true
		}
	}
}

func TestSizesHaveNames(t *testing.T) {
	for size, want := range map[Size]string{
		{}: "standalone", {Voters: 1}: "standalone", {Voters: 3}: "3 members", {Voters: 3, Observers: 2}: "3 members, 2 observers",
	} {
		require.Equal(t, want, size.String())
	}
}

// A member's files are those of any ZooKeeper: server.N for all, and its own number.
func TestConfigurationOfAMember(t *testing.T) {
	o := Options{Dir: t.TempDir(), Settings: map[string]string{"snapCount": "7"}, Members: []Member{
		{ID: 1, ClientPort: 11, PeerPort: 12, VotePort: 13}, {ID: 2, ClientPort: 21, PeerPort: 22, VotePort: 23, Observer: true},
	}}
	o.Self = o.Members[1]
	path, err := writeConfig(o)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, line := range []string{
		"clientPort=21\n", "server.1=127.0.0.1:12:13\n", "server.2=127.0.0.1:22:23:observer\n", "peerType=observer\n", "initLimit=10\n", "snapCount=7\n",
	} {
		require.Contains(t, string(text), line)
	}
	id, err := os.ReadFile(filepath.Join(dataDir(o), "myid"))
	require.NoError(t, err)
	require.Equal(t, "2\n", string(id))

	s := newServer(Apache{Label: "a"}, o)
	require.NoError(t, s.Wipe())
	require.NoDirExists(t, dataDir(o))

	alone := Options{Dir: t.TempDir(), Self: o.Members[0], Members: o.Members[:1]}
	path, err = writeConfig(alone)
	require.NoError(t, err)
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(text), "server.")
	require.NoFileExists(t, filepath.Join(dataDir(alone), "myid"))
}

func TestEtcdsCommand(t *testing.T) {
	o := Options{Dir: "/d", Members: []Member{{ID: 1, ClientPort: 11, PeerPort: 12}, {ID: 2, ClientPort: 21, PeerPort: 22}}}
	o.Self = o.Members[1]
	c, err := Etcd{}.Command(o)
	require.NoError(t, err)
	require.Contains(t, c.Args, "m1=http://127.0.0.1:12,m2=http://127.0.0.1:22")
	require.Contains(t, c.Args, "http://127.0.0.1:21")
	o.Members[0].Observer = true
	_, err = Etcd{}.Command(o)
	require.ErrorContains(t, err, "no observers")
}
