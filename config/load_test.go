package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// files is a ReadFile over names and contents.
type files map[string]string

func (f files) read(name string) ([]byte, error) {
	content, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return []byte(content), nil
}

// load reads a zoo.cfg that must be in order.
func load(t *testing.T, zooCfg string, overrides ...string) *Config {
	t.Helper()
	c, err := Load(files{"zoo.cfg": zooCfg}.read, "zoo.cfg", overrides)
	require.NoError(t, err)
	return c
}

const minimal = "dataDir=/d\nclientPort=2181\n"

// Without a file a server starts on loopback, with its data beside it.
func TestBuiltIn(t *testing.T) {
	c, err := Load(files{}.read, "", nil)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", c.Client.Address)
	require.Equal(t, 2181, c.Client.Port)
	require.Equal(t, "./troupe-data", c.Data.Dir)
	require.Equal(t, "./troupe-data", c.Data.LogDir)
	require.Empty(t, c.Notices)
	require.False(t, c.Ensemble.Distributed())
	require.NoError(t, c.Unavailable())
}

// The defaults are Apache's (operations.md, tables 2a and 2b).
func TestDefaults(t *testing.T) {
	c := load(t, minimal)
	require.Equal(t, "/d", c.Data.LogDir)
	require.Equal(t, 3*time.Second, c.Session.TickTime)
	require.Equal(t, 6*time.Second, c.Session.MinTimeout)
	require.Equal(t, time.Minute, c.Session.MaxTimeout)
	require.Equal(t, "", c.Client.Address)
	require.Equal(t, -1, c.Client.SecurePort)
	require.Equal(t, -1, c.Client.Backlog)
	require.Equal(t, 60, c.Client.MaxPerAddress)
	require.Equal(t, 1048575, c.Client.MaxBuffer)
	require.Equal(t, 1048575, c.Client.ExtraSize)
	require.Equal(t, 10*time.Second, c.Client.HandshakeTimeout)
	require.Equal(t, 100000, c.Data.SnapCount)
	require.Equal(t, int64(4<<30), c.Data.SnapSizeLimit)
	require.Equal(t, int64(-1), c.Data.TxnLogSizeLimit)
	require.Equal(t, int64(64<<20), c.Data.PreAllocSize)
	require.True(t, c.Data.ForceSync)
	require.Equal(t, time.Second, c.Data.FsyncWarning)
	require.True(t, c.Data.Digest)
	require.Equal(t, 3, c.Data.PurgeRetain)
	require.Zero(t, c.Data.PurgeInterval)
	require.Equal(t, time.Minute, c.Tree.ContainerCheckInterval)
	require.False(t, c.Auth.SkipACL)
	require.Equal(t, "SHA1", c.Auth.DigestAlgorithm)
	require.Equal(t, 1000, c.Limits.GlobalOutstanding)
	require.Equal(t, NIO, c.Client.Factory)
	require.Equal(t, DefaultMetrics, c.Operator.Metrics)
	require.Equal(t, int64(-1), c.Ensemble.MyID)
	require.Equal(t, []string{"TLSv1.2"}, c.TLS.Peers.EnabledProtocols)
}

// Every spelling of a key that occurs on command lines and in files is understood; -D properties without
// Apache's prefix too. The command line counts more than the file.
func TestSpellingsOfKeys(t *testing.T) {
	for _, o := range []string{
		"snapCount=7", "zookeeper.snapCount=7", "-Dzookeeper.snapCount=7", " snapCount = 7 ", "snapCount=0x7",
	} {
		require.Equal(t, 7, load(t, minimal+"snapCount=9\n", o).Data.SnapCount, o)
	}
	c := load(t, minimal, "jute.maxbuffer=0x9fffff", "-Dreadonlymode.enabled=true", "znode.container.checkIntervalMs=100",
		"-Djava.security.auth.login.config=/etc/jaas", "fsync.warningthresholdms=20", "observer.syncEnabled=false",
		"zookeeper.DigestAuthenticationProvider.superDigest=super:x=", "superUser=a", "superUser.2=b", "leader.nodelay=false")
	require.Equal(t, 0x9fffff, c.Client.MaxBuffer)
	require.Equal(t, 0x9fffff, c.Client.ExtraSize)
	require.True(t, c.Session.ReadOnlyMode)
	require.Equal(t, 100*time.Millisecond, c.Tree.ContainerCheckInterval)
	require.Equal(t, "/etc/jaas", c.Auth.JAASFile)
	require.Equal(t, 20*time.Millisecond, c.Data.FsyncWarning)
	require.False(t, c.Ensemble.SyncEnabled)
	require.Equal(t, "super:x=", c.Auth.SuperDigest)
	require.Equal(t, []string{"a", "b"}, c.Auth.SuperUsers)
	require.False(t, c.Ensemble.LeaderNoDelay)
}

// Configurations in the wild name Java classes; Apache's own are understood as what they stand for.
func TestJavaClassNames(t *testing.T) {
	c := load(t, minimal+`
authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider
authProvider.mine=example
authProvider.theirs=com.example.Provider
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider
metricsProvider.httpPort=7070
metricsProvider.other=x
DigestAuthenticationProvider.digestAlg=sha3-256
snapshot.compression.method=snappy
`)
	require.Equal(t, []AuthProvider{
		{"1", "org.apache.zookeeper.server.auth.SASLAuthenticationProvider", "sasl"},
		{"x509", "org.apache.zookeeper.server.auth.X509AuthenticationProvider", "x509"},
		{"mine", "example", "example"},
		{"theirs", "com.example.Provider", "com.example.Provider"},
	}, c.Auth.Providers)
	require.Equal(t, Netty, c.Client.Factory)
	require.Equal(t, PrometheusMetrics, c.Operator.Metrics)
	require.Equal(t, 7070, c.Operator.MetricsPort)
	require.Equal(t, []Option{{"other", "x"}}, c.Operator.MetricsOptions)
	require.Equal(t, "SHA3-256", c.Auth.DigestAlgorithm)
	require.Equal(t, Snappy, c.Data.SnapshotCompression)
	require.Contains(t, texts(c, Adjusted), "zoo.cfg:7: authProvider.theirs (com.example.Provider) is no class of "+
		"Apache ZooKeeper's; it works only if a scheme of this name is registered")
}

func texts(c *Config, kind NoticeKind) string {
	var b strings.Builder
	for _, n := range c.Notices {
		if n.Kind == kind {
			b.WriteString(n.String() + "\n")
		}
	}
	return b.String()
}

// An unknown key is no fault, as Apache takes any key, but it is named, with the one that was probably meant.
func TestUnknownKeys(t *testing.T) {
	for written, want := range map[string]string{
		"tickTme":                   "tickTime",
		"clientport":                "clientPort",
		"zookeeper.snapCuont":       "snapCount",
		"autopurge.purgeInterwal":   "autopurge.purgeInterval",
		"maxClientCnxn":             "maxClientCnxns",
		"sever.1":                   "server.N",
		"4lw.commands.whiteList":    "4lw.commands.whitelist",
		"completelyDifferentThings": "",
	} {
		c := load(t, minimal+written+"=1\n")
		require.Len(t, c.Notices, 1, written)
		n := c.Notices[0]
		require.Equal(t, UnknownKey, n.Kind)
		require.Equal(t, written, n.Key)
		require.Equal(t, Place{"zoo.cfg", 3}, n.Place)
		if want == "" {
			require.Equal(t, "is no key of ZooKeeper's and is ignored", n.Text)
		} else {
			require.Equal(t, "is no key of ZooKeeper's and is ignored; did you mean "+want+"?", n.Text)
		}
	}
}

// The last of several lines for one key counts, as in Java, and that is said.
func TestDuplicates(t *testing.T) {
	c := load(t, minimal+"tickTime=1000\nzookeeper.tickTime=500\n", "tickTime=250")
	require.Equal(t, 250*time.Millisecond, c.Session.TickTime)
	require.Equal(t, "zoo.cfg:4: tickTime also stands in line 3; the last one counts\n", texts(c, Duplicate))
}

func TestKeysWithoutEffect(t *testing.T) {
	c := load(t, minimal+"jvm.pause.monitor=true\nadmin.serverPort=8081\nclientPortListenBacklog=100\n")
	require.Equal(t, 8081, c.Operator.AdminPort)
	require.Equal(t, 100, c.Client.Backlog)
	require.Equal(t, "zoo.cfg:3: jvm.pause.monitor has no meaning here: there is no Java virtual machine\n"+
		"zoo.cfg:4: admin.serverPort has no effect: this server does not have the admin server\n"+
		"zoo.cfg:5: clientPortListenBacklog has no meaning here: the system's own maximum is always asked for\n", texts(c, NoEffect))
}

// Values that Apache puts right, rather than refuses, are put right here too, and that is said.
func TestAdjustedValues(t *testing.T) {
	c := load(t, minimal+"snapCount=1\nautopurge.snapRetainCount=1\njute.maxbuffer.extrasize=10\ncommitLogCount=9\n"+
		"snapshotSizeFactor=1.5\nforceSync=maybe\nskipACL=true\nsnapshot.trust.empty=1\n")
	require.Equal(t, 2, c.Data.SnapCount)
	require.Equal(t, 3, c.Data.PurgeRetain)
	require.Equal(t, 1024, c.Client.ExtraSize)
	require.Equal(t, 500, c.Ensemble.CommitLogCount)
	require.InDelta(t, 0.33, c.Ensemble.SnapshotSizeFactor, 0)
	require.True(t, c.Data.ForceSync)
	require.False(t, c.Auth.SkipACL)
	require.False(t, c.Data.TrustEmptySnapshot)
	require.Equal(t, 8, strings.Count(texts(c, Adjusted), "\n"))
}

func TestDurations(t *testing.T) {
	for written, want := range map[string]time.Duration{
		"0": 0, "24": 24 * time.Hour, "90m": 90 * time.Minute, "2d": 48 * time.Hour, "500ms": 500 * time.Millisecond, "30 s": 30 * time.Second, "1h": time.Hour,
	} {
		require.Equal(t, want, load(t, minimal+"autopurge.purgeInterval="+written+"\n").Data.PurgeInterval, written)
	}
	c := load(t, minimal+"flushDelay=30\n")
	require.Equal(t, 10*time.Millisecond, c.Pipeline.MaxQueuePoll)
	require.Zero(t, load(t, minimal+"flushDelay=30\nmaxWriteQueuePollTime=0\n").Pipeline.MaxQueuePoll)
}

// All that is wrong is reported in one go, with place, key and what to do.
func TestAllFaultsAtOnce(t *testing.T) {
	c, err := Load(files{"zoo.cfg": `tickTime=2s
clientPortAddress=10.0.0.1
syncEnabled=yes
snapCount=many
minSessionTimeout=9000
maxSessionTimeout=8000
DigestAuthenticationProvider.superDigest=
server.one=a:1:2
autopurge.purgeInterval=99999999999999999999
`}.read, "zoo.cfg", []string{"electionAlg=1", "novalue"})
	require.NotNil(t, c)
	require.EqualError(t, err, `10 faults in the configuration:
  --set: novalue has no value: write --set key=value
  --set: electionAlg=1 does not exist: leave it out: there is only 3
  zoo.cfg: dataDir is not set: name the directory for snapshots and logs
  zoo.cfg:1: tickTime=2s is not a whole number: write digits only (the unit is ms; the default is 3000)
  zoo.cfg:2: clientPortAddress=10.0.0.1 is set without clientPort: set clientPort too
  zoo.cfg:3: syncEnabled=yes is neither true nor false: write one of the two
  zoo.cfg:4: snapCount=many is not a whole number: write digits only (the unit is transactions; the default is 100000)
  zoo.cfg:5: minSessionTimeout=9000 (9000 ms) is more than maxSessionTimeout (8000 ms): exchange them, or leave one out
  zoo.cfg:8: server.one=a:1:2 has no number after the dot of its key: number it, such as server.1
  zoo.cfg:9: autopurge.purgeInterval=99999999999999999999 is too large: write a number of at most 64 bits (the unit is hours; the default is 0)`)
	var faults Faults
	require.ErrorAs(t, err, &faults)
	require.Equal(t, 2, faults.ExitCode())
	var one Fault
	require.ErrorAs(t, err, &one)
	require.Equal(t, "novalue", one.Key)
}

func TestMissingFile(t *testing.T) {
	_, err := Load(files{}.read, "nosuch.cfg", nil)
	require.ErrorContains(t, err, "nosuch.cfg: configuration cannot be read (open nosuch.cfg: file does not exist): name an existing zoo.cfg")
}

// Each value that cannot be right is refused, by name.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"clientPort=65536", "is no port"},
		{"clientPort=-2", "is no port"},
		{"clientPort=twenty", "is not a whole number"},
		{"clientPort=4294967296", "is too large"},
		{"secureClientPort=2181", "is the same as clientPort"},
		{"secureClientPortAddress=a", "is set without secureClientPort"},
		{"tickTime=0", "is not a time"},
		{"tickTime=9223372036854775807", "is too large"},
		{"minSessionTimeout=-5", "is negative"},
		{"maxSessionTimeout=-5", "is negative"},
		{"maxSessionTimeout=2147483648", "more than the protocol can carry"},
		{"enforce.auth.enabled=true", "names no scheme"},
		{"jute.maxbuffer=0", "leaves no room"},
		{"globalOutstandingLimit=0", "lets no request in"},
		{"maxBatchSize=0", "leaves no room"},
		{"znode.container.checkIntervalMs=0", "is not a time"},
		{"znode.container.maxPerMinute=0", "lets no node be removed"},
		{"preAllocSize=-1", "is negative"},
		{"snapSizeLimitInKb=9223372036854775807", "is too large"},
		{"autopurge.purgeInterval=-1", "is negative"},
		{"autopurge.purgeInterval=1w", "is not a whole number"},
		{"snapshotSizeFactor=NaN", "is not a number"},
		{"serverCnxnFactory=com.example.Factory", "is no connection factory"},
		{"metricsProvider.className=com.example.Metrics", "is no metrics provider"},
		{"snapshot.compression.method=zip", "is no known compression"},
		{"DigestAuthenticationProvider.digestAlg=CRC", "is no known hash"},
		{"ssl.clientAuth=maybe", "is neither none, want nor need"},
		{"peerType=boss", "is no role"},
		{"version=xyz", "is not a hexadecimal number"},
		{"quorum.auth.serverRequireSasl=true", "needs quorum.auth.learnerRequireSasl"},
		{"quorum.auth.learnerRequireSasl=true", "needs quorum.auth.enableSasl"},
	} {
		t.Run(c.line, func(t *testing.T) {
			_, err := Load(files{"zoo.cfg": minimal + c.line + "\n"}.read, "zoo.cfg", nil)
			require.ErrorContains(t, err, c.want)
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.Len(t, faults, 1)
			require.Equal(t, 3, faults[0].Place.Line)
			require.NotEmpty(t, faults[0].Remedy)
		})
	}
}

// A password is neither in a fault nor in the list of settings.
func TestSecretsAreMasked(t *testing.T) {
	c := load(t, minimal+"ssl.keyStore.password=hunter2\nDigestAuthenticationProvider.superDigest=super:hunter2\n")
	require.Equal(t, "hunter2", c.TLS.Client.KeyStore.Password)
	require.NotContains(t, fmt.Sprint(c.Settings(), c.Notices), "hunter2")
	require.Len(t, c.Settings(), 4)
	require.Equal(t, Setting{"dataDir", "/d", Place{"zoo.cfg", 1}}, c.Settings()[0])
}

// What would leave the server alone, or open, against the will of who wrote the configuration stops it.
func TestUnavailable(t *testing.T) {
	for line, want := range map[string]string{
		"secureClientPort=2281":                    "asks for TLS",
		"client.portUnification=true":              "asks for TLS",
		"sessionRequireClientSASLAuth=yes":         "",
		"sessionRequireClientSASLAuth=true":        "asks for SASL",
		"serverCnxnFactory=NettyServerCnxnFactory": "",
	} {
		err := load(t, minimal+line+"\n").Unavailable()
		if want == "" {
			require.NoError(t, err, line)
			continue
		}
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "zoo.cfg:3")
		var code interface{ ExitCode() int }
		require.True(t, errors.As(err, &code))
		require.Equal(t, 2, code.ExitCode())
	}
}

// No configuration makes the loader fail otherwise than by faults.
func FuzzLoad(f *testing.F) {
	f.Add(minimal, "tickTime=5")
	f.Add("server.1=[::1]:1:2:observer;[::]:3;4\ngroup.1=1:2\nweight.1=3\ndynamicConfigFile=d", "a=b")
	f.Add("ssl.quorum.keyStore.location=x\nauthProvider.1=a.b.C\nautopurge.purgeInterval=1d", "-Dzookeeper.x=y")
	f.Fuzz(func(t *testing.T, zooCfg, override string) {
		c, err := Load(files{"zoo.cfg": zooCfg, "d": zooCfg}.read, "zoo.cfg", []string{override})
		require.NotNil(t, c)
		if err != nil {
			var faults Faults
			require.ErrorAs(t, err, &faults)
			require.NotEmpty(t, faults)
		}
	})
}
