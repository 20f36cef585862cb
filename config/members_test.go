package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The grammar of server lines, and the form in which they are written again.
func TestParseServer(t *testing.T) {
	for line, want := range map[string]string{
		"127.0.0.1:25111:25121":             "127.0.0.1:25111:25121:participant",
		"127.0.0.1:25111:25121:participant": "127.0.0.1:25111:25121:participant",
		"h:1:2:OBSERVER":                    "h:1:2:observer",
		"h:1:2;2181":                        "h:1:2:participant;0.0.0.0:2181",
		"h:1:2:observer;10.0.0.1:2181":      "h:1:2:observer;10.0.0.1:2181",
		"[::1]:1:2;[::]:2181":               "[::1]:1:2:participant;[::]:2181",
		"h2:1:2|h1:3:4":                     "h1:3:4|h2:1:2:participant",
		"h:1:2;;2281":                       "h:1:2:participant;;0.0.0.0:2281",
		" h:1:2 ; 2181 ; s:2281 ":           "h:1:2:participant;0.0.0.0:2181;s:2281",
		"a.example.com:2888:3888:participant|b:2888:3888:participant": "a.example.com:2888:3888|b:2888:3888:participant",
	} {
		s, err := ParseServer(7, line)
		require.NoError(t, err, line)
		require.Equal(t, want, s.String())
		require.Equal(t, int64(7), s.ID)
		again, err := ParseServer(7, s.String())
		require.NoError(t, err, s.String())
		require.Equal(t, s, again)
	}
	for line, want := range map[string]string{
		"":                                 "is not host:quorumPort:electionPort",
		"h:1":                              "is not host:quorumPort:electionPort",
		":1:2":                             "is not host:quorumPort:electionPort",
		"h:1:2:observer:x":                 "is not host:quorumPort:electionPort",
		"h:1:2:boss":                       "neither participant nor observer",
		"h:a:2":                            "a port from 0 to 65535",
		"h:1:70000":                        "a port from 0 to 65535",
		"h:1:2;a:b:c":                      "neither port nor host:port",
		"h:1:2;x":                          "a port from 0 to 65535",
		"h:1:2;1;2;3":                      "4 parts",
		"h:1:2:observer|g:1:2:participant": "two roles",
		"::1:1:2":                          "is not host:quorumPort:electionPort",
	} {
		_, err := ParseServer(1, line)
		require.ErrorContains(t, err, want, line)
	}
}

// Whatever server can be described comes back from its own text.
func TestServerRoundTrip(t *testing.T) {
	host := rapid.SampledFrom([]string{"a", "b.example.com", "10.1.2.3", "::1", "fe80::1"})
	port := rapid.IntRange(0, 65535)
	client := rapid.Custom(func(t *rapid.T) *ClientAddress {
		if rapid.Bool().Draw(t, "none") {
			return nil
		}
		return &ClientAddress{host.Draw(t, "client"), port.Draw(t, "port")}
	})
	rapid.Check(t, func(t *rapid.T) {
		s := Server{ID: 1, Role: rapid.SampledFrom([]Role{Participant, Observer}).Draw(t, "role"),
			Addresses: []PeerAddress{{host.Draw(t, "host"), port.Draw(t, "quorum"), port.Draw(t, "election")}},
			Client:    client.Draw(t, "plain"), Secure: client.Draw(t, "secure")}
		again, err := ParseServer(1, s.String())
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}

const ensemble = "tickTime=1000\ninitLimit=10\nsyncLimit=5\ndataDir=/d\n"

func loadEnsemble(extra string, more files) (*Config, error) {
	f := files{"zoo.cfg": ensemble + extra, "/d/myid": "1\n"}
	for name, content := range more {
		f[name] = content
	}
	return Load(f.read, "zoo.cfg", nil)
}

// The text of an ensemble is what Apache's conf command and /zookeeper/config show (vectors: follower.conf,
// dynamic-config-files).
func TestEnsembleText(t *testing.T) {
	c, err := loadEnsemble("server.3=127.0.0.1:25113:25123\nserver.1=127.0.0.1:25111:25121:participant\n"+
		"server.10=127.0.0.1:25114:25124:observer\nserver.2=127.0.0.1:25112:25122\nclientPort=2181\n"+
		"group.1=1:2\ngroup.2=3\nweight.2=4\nweight.1=1\n", nil)
	require.NoError(t, err)
	require.Equal(t, `server.1=127.0.0.1:25111:25121:participant
server.2=127.0.0.1:25112:25122:participant
server.3=127.0.0.1:25113:25123:participant
server.10=127.0.0.1:25114:25124:observer
group.1=1:2
group.2=3
weight.1=1
weight.2=4
version=0`, c.Ensemble.Text())
	require.True(t, c.Ensemble.Distributed())
	require.Equal(t, 3, c.Ensemble.Voters())
	require.Equal(t, int64(1), c.Ensemble.MyID)
	require.NoError(t, c.Unavailable())
}

// The members may stand in a file of their own; its name carries the version, and this server's client port may
// stand in its own line.
func TestDynamicFile(t *testing.T) {
	dynamic := "server.1=127.0.0.1:25211:25221:participant;127.0.0.1:25201\nserver.2=127.0.0.1:25212:25222:participant;127.0.0.1:25202\n" +
		"server.4=127.0.0.1:25214:25224:observer;127.0.0.1:25204"
	c, err := loadEnsemble("dynamicConfigFile=/e/zoo.cfg.dynamic.10000000e\n", files{"/e/zoo.cfg.dynamic.10000000e": dynamic})
	require.NoError(t, err)
	require.Equal(t, dynamic+"\nversion=10000000e", c.Ensemble.Text())
	require.Equal(t, 25201, c.Client.Port)
	require.Equal(t, "127.0.0.1", c.Client.Address)
	require.NoError(t, c.Unavailable())
}

func TestDynamicFileFaults(t *testing.T) {
	_, err := loadEnsemble("dynamicConfigFile=/e/none\n", nil)
	require.ErrorContains(t, err, "dynamicConfigFile=/e/none cannot be read")
	_, err = loadEnsemble("dynamicConfigFile=/e/d\nserver.1=a:1:2\n", files{"/e/d": "server.2=b:1:2"})
	require.ErrorContains(t, err, "stands beside server lines")
	_, err = loadEnsemble("dynamicConfigFile=/e/d\n", files{"/e/d": "server.1=a:1:2;2181\nserver.2=b:1:2\ntickTime=5\nserver.3=c\nversion=5"})
	require.ErrorContains(t, err, "/e/d:3: tickTime does not belong here")
	require.ErrorContains(t, err, "/e/d:4: server.3=c has the address")
}

// One server line is a standalone server, as in Apache; standaloneEnabled=false makes it an ensemble of one.
func TestDistributed(t *testing.T) {
	c, err := loadEnsemble("clientPort=2181\nserver.1=a:1:2\n", nil)
	require.NoError(t, err)
	require.False(t, c.Ensemble.Distributed())
	require.NoError(t, c.Unavailable())
	c, err = loadEnsemble("clientPort=2181\nserver.1=a:1:2\nstandaloneEnabled=false\n", nil)
	require.NoError(t, err)
	require.True(t, c.Ensemble.Distributed())
	require.NoError(t, c.Unavailable())
}

// What this version does not have between servers stops the start, unless the server is alone.
func TestUnavailableInEnsembles(t *testing.T) {
	for line, want := range map[string]string{
		"sslQuorum=true":                     "sslQuorum=true asks for TLS between the servers",
		"portUnification=true":               "portUnification=true asks for TLS between the servers",
		"quorum.auth.enableSasl=true":        "quorum.auth.enableSasl=true asks for SASL between the servers",
		"oraclePath=/o":                      "oraclePath=/o asks for an oracle",
		"observerMasterPort=2191":            "",
		"multiAddress.enabled=true":          "",
		"reconfigEnabled=true":               "",
		"leaderServes=no\nsyncEnabled=false": "",
	} {
		c, err := loadEnsemble("clientPort=2181\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n"+line+"\n", nil)
		require.NoError(t, err, line)
		if want == "" {
			require.NoError(t, c.Unavailable(), line)
		} else {
			require.ErrorContains(t, c.Unavailable(), want)
		}
		require.NoError(t, load(t, minimal+line+"\n").Unavailable(), line)
	}
}

// What is allowed but hardly meant is said, of ensembles only.
func TestAdvice(t *testing.T) {
	for name, c := range map[string]struct {
		lines string
		more  files
		want  string
	}{
		"two": {"server.1=a:1:2\nserver.2=b:1:2", nil,
			"zoo.cfg:5: server.1 is one of 2 servers that vote: neither may be lost; make it three"},
		"four": {"server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2\nserver.5=e:1:2:observer", nil,
			"zoo.cfg:5: server.1 is one of 4 servers that vote: no more than 1 may be lost, as with 3; an odd number is better"},
		"four in groups": {"server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nserver.4=d:1:2\ngroup.1=1:2:3:4", nil, ""},
		"in a file":      {"dynamicConfigFile=/e", files{"/e": "server.1=a:1:2\nserver.2=b:1:2"}, "/e: server.1 is one of 2"},
		"three":          {"server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\npeerType=participant", nil, ""},
		"role": {"server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\npeerType=observer", nil,
			"zoo.cfg:8: peerType is observer, and the line of this server says participant; that line counts"},
		"large number": {"server.300=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2", files{"/d/myid": "300"},
			"/d/myid: myid is 300, and session ids have room for numbers up to 255: sessions may get the ids of those of server 44"},
		"reconfiguration": {"server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\nreconfigEnabled=true", nil,
			"zoo.cfg:8: reconfigEnabled is on, and this version of Troupe does not have dynamic reconfiguration"},
		"alone": {"server.1=a:1:2\nreconfigEnabled=true\npeerType=observer", files{"/d/myid": "300"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := loadEnsemble(c.lines+"\n", c.more)
			require.NoError(t, err)
			if c.want == "" {
				require.Empty(t, texts(loaded, Unwise))
			} else {
				require.Contains(t, texts(loaded, Unwise), c.want)
			}
		})
	}
}

func TestEnsembleFaults(t *testing.T) {
	three := "server.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n"
	for _, c := range []struct{ name, lines, want string }{
		{"observers only", "server.1=a:1:2:observer", "without voters"},
		{"no servers", "standaloneEnabled=false", "no server.N votes"},
		{"one voter with observers", "server.1=a:1:2\nserver.2=b:1:2:observer", "the one voter has observers"},
		{"same ports", three + "server.4=d:7:7", "server.4=d:7:7 has the same port for quorum and election"},
		{"several addresses", three + "server.4=d:7:8|e:7:8", "has several addresses"},
		{"twice", three + "server.02=d:7:8", "names server 2 a second time"},
		{"init limit", three + "initLimit=0", "initLimit=0 is not set"},
		{"sync limit", three + "syncLimit=0", "syncLimit=0 is not set"},
		{"algorithm", three + "electionAlg=2", "there is only 3"},
		{"not in a group", three + "group.1=1:2", "server.3=c:1:2 is in 0 groups"},
		{"in two groups", three + "group.1=1:2:3\ngroup.2=3", "server.3=c:1:2 is in 2 groups"},
		{"unknown member", three + "group.1=1:2:3:9", "names server 9, which has no line"},
		{"weights without groups", three + "weight.2=2", "weight.2=2 stands without groups"},
		{"address of another", three + "server.4=b:7:2", "server.4=b:7:2 has b:2, and so has server 2"},
		{"negative number", three + "server.-4=d:7:8", "has a negative number"},
		{"bad group", three + "group.1=1:x", `has "x" where the number of a server belongs`},
		{"bad weight", three + "weight.1=-1", "negative number of votes"},
		{"bad weight key", three + "weight.x=1", "has no number after the dot"},
		{"other client port", three + "server.1=a:1:2;2182", "differs from the client address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadEnsemble("clientPort=2181\n"+c.lines+"\n", nil)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestMyID(t *testing.T) {
	three := "clientPort=2181\nserver.1=a:1:2\nserver.2=b:1:2\nserver.3=c:1:2\n"
	_, err := Load(files{"zoo.cfg": ensemble + three}.read, "zoo.cfg", nil)
	require.ErrorContains(t, err, "/d/myid: myid cannot be read (open /d/myid: file does not exist): write the number of this server into it")
	_, err = loadEnsemble(three, files{"/d/myid": "one\n"})
	require.ErrorContains(t, err, "/d/myid:1: myid=one is not the number of a server")
	for _, nothing := range []string{"", "\n1\n", "-1", "1 2", "9223372036854775808"} {
		_, err = loadEnsemble(three, files{"/d/myid": nothing})
		require.ErrorContains(t, err, "is not the number of a server: write the N of this server's line server.N", nothing)
	}
	_, err = loadEnsemble("server.1=a:1:2\nserver.255=b:1:2\nserver.3=c:1:2\nextendedTypesEnabled=true\n", files{"/d/myid": "255"})
	require.ErrorContains(t, err, "extendedTypesEnabled=true is on, and myid says that this is server 255: give it a number up to 254")
	_, err = loadEnsemble(three, files{"/d/myid": "9"})
	require.ErrorContains(t, err, "server.9 is what myid says this server is, but there is no such line")
	c, err := loadEnsemble(three, files{"/d/myid": " 2 \nrest"})
	require.NoError(t, err)
	require.Equal(t, int64(2), c.Ensemble.MyID)
	// A standalone server has no use for the file.
	require.Equal(t, int64(-1), load(t, strings.ReplaceAll(minimal, "/d", "/none")).Ensemble.MyID)
}
