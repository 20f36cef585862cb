package quorum

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Texts that Apache ZooKeeper 3.8.0 wrote (vectors election.json) or that its format defines come back byte for byte.
func TestTextComesBack(t *testing.T) {
	for name, text := range map[string]string{
		"static":       "server.1=127.0.0.1:25111:25121:participant\nserver.2=127.0.0.1:25112:25122:participant\nserver.3=127.0.0.1:25113:25123:participant\nserver.4=127.0.0.1:25114:25124:observer\nversion=0",
		"dynamic":      "server.1=127.0.0.1:25211:25221:participant;127.0.0.1:25201\nserver.2=127.0.0.1:25212:25222:participant;127.0.0.1:25202\nserver.4=127.0.0.1:25214:25224:observer;127.0.0.1:25204\nversion=10000000e",
		"two homes":    "server.1=h1:1:2|h2:3:4:participant\nserver.2=h1:5:6|h2:7:8:observer;0.0.0.0:9\nversion=7",
		"IPv6":         "server.1=[::1]:2888:3888:participant;[fe80::1]:2181\nversion=ffffffffffffffff",
		"groups":       "server.1=a:1:2:participant\nserver.2=b:1:2:participant\nserver.3=c:1:2:participant\ngroup.1=1:2\ngroup.2=3\nweight.1=1\nweight.2=0\nweight.3=5\nversion=100000007",
		"secure":       "server.1=a:1:2:participant;h:3;g:4\nserver.2=b:1:2:participant;;g:4\nversion=0",
		"negative ids": "server.-3=a:1:2:participant\nserver.200=b:1:2:participant\nversion=0",
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Parse(text)
			require.NoError(t, err)
			require.Equal(t, text, c.String())
		})
	}
}

// What people write is read: no role, no client host, spaces, comments, any order; weights that are missing are
// written out.
func TestParseIsLenient(t *testing.T) {
	c, err := Parse("# ours\r\n server.2 = b:1:2:OBSERVER ; 99 \n\nserver.1=z:1:2|a:3:4\ngroup.5= 2 : 1\nweight.2=3")
	require.NoError(t, err)
	require.Equal(t, "server.1=a:3:4|z:1:2:participant\nserver.2=b:1:2:observer;0.0.0.0:99\ngroup.5=1:2\nweight.1=1\nweight.2=3\nversion=0", c.String())
	require.True(t, c.IsHierarchical())
	require.True(t, c.IsVoter(1))
	require.False(t, c.IsVoter(2))
	s, ok := c.Server(2)
	require.True(t, ok)
	require.Equal(t, Observer, s.Role)
	_, ok = c.Server(3)
	require.False(t, ok)
}

// What is no configuration is refused with the reason.
func TestParseRefuses(t *testing.T) {
	for text, reason := range map[string]string{
		"":                               "nobody votes",
		"server.1=a:1:2:observer":        "nobody votes",
		"server.1=a:1:2\nserver.1=b:1:2": "there twice",
		"server.1=a:1":                   "not host:quorumPort:electionPort",
		"server.1=a:1:2:king":            "neither participant nor observer",
		"server.1=a:1:2:observer|b:1:2:participant": "two roles",
		"server.1=a:1:65536":                        "port from 0 to 65535",
		"server.1=a:x:1":                            "port from 0 to 65535",
		"server.1=a:1:2;b:c:1":                      "neither port nor host:port",
		"server.1=a:1:2;1;2;3":                      "at most 3",
		"server.1=:1:2":                             "not host:quorumPort:electionPort",
		"server.x=a:1:2":                            "is not server.N",
		"peer.1=a:1:2":                              "is not server.N",
		"hello":                                     "has no =",
		"server.1=a:1:2\nversion=xyz":               "hexadecimal",
		"server.1=a:1:2\nweight.1=1":                "in no group",
		"server.1=a:1:2\ngroup.1=1\nweight.1=-1":    "0 or more",
		"server.1=a:1:2\ngroup.1=1\nweight.1=x":     "write a number",
		"server.1=a:1:2\ngroup.1=1:x":               "number of a server belongs",
		"server.1=a:1:2\ngroup.1=1\ngroup.2=1":      "again in group",
		"server.1=a:1:2\ngroup.1=1\ngroup.1=2":      "group 1 is there twice",
		"server.1=a:1:2\ngroup.1=1:2\nweight.1=9223372036854775807\nweight.2=1": "too large",
	} {
		_, err := Parse(text)
		var wrong *ConfigError
		require.ErrorAs(t, err, &wrong, text)
		require.Contains(t, err.Error(), reason, text)
	}
}

// A server that is made without any address is refused, as one that is parsed would be.
func TestNewRefusesServersWithoutAddress(t *testing.T) {
	_, err := New(0, []Server{{ID: 1}}, nil, nil)
	require.ErrorContains(t, err, "no address")
}

// Two configurations with the same members are told apart by the version only.
func TestSameMembers(t *testing.T) {
	c, err := Parse("server.1=a:1:2\nversion=5")
	require.NoError(t, err)
	d := c.WithVersion(6)
	require.True(t, c.SameMembers(d))
	require.EqualValues(t, 5, c.Version())
	require.EqualValues(t, 6, d.Version())
	require.True(t, strings.HasSuffix(d.String(), "\nversion=6"))
	e, err := Parse("server.1=a:1:3\nversion=5")
	require.NoError(t, err)
	require.False(t, c.SameMembers(e))
}

// anyConfig draws a configuration of up to nine servers, some of them observers, counted by heads or by groups.
func anyConfig(t *rapid.T, label string) *Config {
	n := rapid.IntRange(1, 9).Draw(t, label+" servers")
	var servers []Server
	groups := map[int64][]int64{}
	var weights []Weight
	hierarchical := rapid.Bool().Draw(t, label+" hierarchical")
	for sid := int64(1); sid <= int64(n); sid++ {
		role := Participant
		if sid > 1 && rapid.IntRange(0, 3).Draw(t, "observer") == 0 {
			role = Observer
		}
		servers = append(servers, Server{ID: sid, Role: role, Addresses: []Address{{Host: "h", QuorumPort: 1, ElectionPort: int(sid)}}})
		if hierarchical && (role == Participant || rapid.Bool().Draw(t, "observer in group")) {
			g := rapid.Int64Range(1, 4).Draw(t, "group")
			groups[g] = append(groups[g], sid)
			if rapid.Bool().Draw(t, "weighed") {
				weights = append(weights, Weight{sid, rapid.Int64Range(0, 3).Draw(t, "weight")})
			}
		}
	}
	var list []Group
	for id, members := range groups {
		list = append(list, Group{id, members})
	}
	c, err := New(rapid.Int64().Draw(t, label+" version"), servers, list, weights)
	require.NoError(t, err)
	return c
}

// Every configuration survives its text.
func TestTextProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := anyConfig(t, "config")
		d, err := Parse(c.String())
		require.NoError(t, err)
		require.Equal(t, c, d)
	})
}

// Any text is either refused or becomes a configuration whose own text is stable.
func FuzzParse(f *testing.F) {
	f.Add("server.1=127.0.0.1:1:2:participant;127.0.0.1:3\ngroup.1=1\nweight.1=2\nversion=a")
	f.Add("server.1=[::1]:1:2|h:3:4:observer;;5\nversion=0")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		d, err := Parse(c.String())
		require.NoError(t, err)
		require.Equal(t, c.String(), d.String())
	})
}
