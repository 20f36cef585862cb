package acl_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/tree/acl"
)

type conn struct {
	addr  net.Addr
	certs []*x509.Certificate
}

func (c conn) RemoteAddr() net.Addr                  { return c.addr }
func (c conn) PeerCertificates() []*x509.Certificate { return c.certs }

func tcp(ip string) conn { return conn{addr: &net.TCPAddr{IP: net.ParseIP(ip), Port: 4711}} }

// The ids are those that Apache computes; the first two come from its documentation and a captured exchange.
func TestDigestIDs(t *testing.T) {
	tests := []struct{ alg, credentials, want string }{
		{"", "super:admin", "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="},
		{"SHA1", "bob:pw", "bob:ikIaKsbtGweaHnb/jKn7OHqbunM="},
		{"sha-1", "bob:pw", "bob:ikIaKsbtGweaHnb/jKn7OHqbunM="},
		{"", "nocolon", "nocolon:Ra+cHr2ZoHvBjtNArFGNGlVie4g="},
		{"", "", ":2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
		{"MD5", "bob:pw", "bob:mFIN705h49CRioANaL/new=="},
		{"SHA-256", "bob:pw", "bob:lXdkgIa9O1CDDWAryQ0pe9wUYi2LkG6M7Uocn/Vyn2g="},
		{"SHA-512", "bob:pw", "bob:jQFpfQMlS0Fkelz3cdxBlcfmOOApGvKAjybCSpc/oHQD7ouOUKaAFXPlHr/2XpjmwJ0yssqB0Mh7gRRVqmyALQ=="},
	}
	for _, tt := range tests {
		d, err := acl.NewDigest(tt.alg, "")
		require.NoError(t, err)
		require.Equal(t, tt.want, d.ID(tt.credentials), "%s of %s", tt.alg, tt.credentials)
	}
	for _, alg := range []string{"SHA-224", "SHA-384", "SHA-512/224", "SHA-512/256", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"} {
		d, err := acl.NewDigest(alg, "")
		require.NoError(t, err)
		require.True(t, d.Valid(d.ID("bob:pw")), alg)
	}
	_, err := acl.New(acl.Options{DigestAlg: "ROT13"})
	require.ErrorIs(t, err, acl.ErrUnknownAlgorithm)
	require.ErrorContains(t, err, "ROT13")
}

// The password of superDigest makes a superuser of the same client that also keeps its digest id.
func TestSuperDigest(t *testing.T) {
	r := registry(t, acl.Options{SuperDigest: "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="})
	ids, err := r.Authenticate(tcp("127.0.0.1"), "digest", []byte("super:admin"))
	require.NoError(t, err)
	require.ElementsMatch(t, []data.ID{root, {Scheme: "digest", ID: "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="}}, ids)
	require.True(t, acl.IsSuper(ids))

	ids, err = r.Authenticate(tcp("127.0.0.1"), "digest", []byte("super:wrong"))
	require.NoError(t, err)
	require.False(t, acl.IsSuper(ids))

	ids, err = registry(t, acl.Options{}).Authenticate(tcp("127.0.0.1"), "digest", []byte(""))
	require.NoError(t, err)
	require.False(t, acl.IsSuper(ids), "no superDigest, no superuser")
}

func TestValidIDs(t *testing.T) {
	digest, err := acl.NewDigest("", "")
	require.NoError(t, err)
	tests := []struct {
		p         acl.Provider
		good, bad []string
	}{
		{digest, []string{"a:b", ":b", "a:b:", "a:b::"}, []string{"", "a", "a:", ":", "::", "a:b:c", "::c"}},
		{acl.IP{}, []string{"10.1.2.3", "10.1.2.3/0", "10.1.2.3/32", "010.1.2.3", "::1", "2001:db8::/32", "::ffff:10.0.0.1", "fe80::1/128"},
			[]string{"", "10", "10.1.2", "10.1.2.3.4", "10.1.2.256", "10.1.2.-1", "10.1.2.3/33", "10.1.2.3/-1", "10.1.2.3/", "10.1.2.3/x", "a.b.c.d", "10.1.2.3/8/8", "::1/129", "fe80::1%eth0", "10..2.3", "99999999999999999999.1.1.1"}},
		{acl.SASL{}, []string{"bob", "bob@REALM", "zk/host@REALM", "", "@", "a/b/c"}, []string{"a@b@c", "a/b/c@R", "a@R/x"}},
		{acl.X509{}, []string{"CN=bob", "CN=bob,OU=x, O=\"a, b\"", "CN=a\\,b", "2.5.4.3=x", "", "CN=a+UID=b", "CN="}, []string{"bob", "CN=a,b", ",", "C?N=a", "=a"}},
		{acl.Ensemble{}, nil, []string{"", "x"}},
	}
	for _, tt := range tests {
		for _, id := range tt.good {
			require.True(t, tt.p.Valid(id), "%s %q", tt.p.Scheme(), id)
		}
		for _, id := range append(tt.bad, "\xff") {
			require.False(t, tt.p.Valid(id), "%s %q", tt.p.Scheme(), id)
		}
	}
}

func TestIPMatches(t *testing.T) {
	tests := []struct {
		id, expr string
		want     bool
	}{
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"10.9.8.7", "10.0.0.0/8", true},
		{"11.9.8.7", "10.0.0.0/8", false},
		{"10.9.8.7", "10.9.8.6/31", true},
		{"1.2.3.4", "0.0.0.0/0", true},
		{"::1", "0.0.0.0/0", false},
		{"2001:db8::1", "2001:db8::/32", true},
		{"2001:db9::1", "2001:db8::/32", false},
		{"0:0:0:0:0:0:0:1", "::1", true},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"10.0.0.1", "::ffff:10.0.0.1", true},
		{"nonsense", "0.0.0.0/0", false},
		{"10.0.0.1", "nonsense", false},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, acl.IP{}.Matches(tt.id, tt.expr), "%s in %s", tt.id, tt.expr)
	}
}

// A connection is known by its address from its start, in whatever form the operating system gives it.
func TestIPID(t *testing.T) {
	require.Equal(t, local, acl.IPID(tcp("127.0.0.1").addr))
	require.Equal(t, local, acl.IPID(&net.TCPAddr{IP: net.ParseIP("::ffff:127.0.0.1"), Port: 1}))
	require.Equal(t, data.ID{Scheme: "ip", ID: "fe80::1"}, acl.IPID(&net.TCPAddr{IP: net.ParseIP("fe80::1"), Port: 1, Zone: "eth0"}))
	require.Equal(t, data.ID{Scheme: "ip", ID: "/sock"}, acl.IPID(&net.UnixAddr{Name: "/sock", Net: "unix"}))
	ids, err := registry(t, acl.Options{}).Authenticate(tcp("10.0.0.1"), "ip", []byte("ignored"))
	require.NoError(t, err)
	require.Equal(t, []data.ID{{Scheme: "ip", ID: "10.0.0.1"}}, ids)
}

func TestUserNames(t *testing.T) {
	r := registry(t, acl.Options{})
	require.Equal(t, "bob", r.UserName(bob))
	require.Equal(t, "127.0.0.1", r.UserName(local))
	require.Equal(t, "", r.UserName(root))
	require.Equal(t, "", r.UserName(data.ID{Scheme: "moon", ID: "dark"}))
}

// "auth" in an ACL stands for identities that prove who somebody is, which an address and a shared name do not.
func TestWhichSchemesProveWho(t *testing.T) {
	digest, err := acl.NewDigest("", "")
	require.NoError(t, err)
	for p, want := range map[acl.Provider]bool{digest: true, acl.SASL{}: true, acl.X509{}: true, acl.IP{}: false} {
		require.Equal(t, want, p.IsAuthenticated(), p.Scheme())
	}
	e := acl.Ensemble{}
	require.False(t, e.IsAuthenticated())
	require.False(t, e.Matches("blue", "blue"))
	for _, p := range []acl.Provider{acl.SASL{}, acl.X509{}, acl.IP{}, e} {
		require.Equal(t, "me:x", p.UserName("me:x"), p.Scheme())
	}
}

// What a configuration of Apache names is understood, what it cannot mean here is refused with the names that would do.
func TestRegisterClass(t *testing.T) {
	const apache = "org.apache.zookeeper.server.auth."
	r := registry(t, acl.Options{AnySASLUser: "everybody", X509SuperUser: "CN=boss", EnsembleNames: []string{"blue"}})
	for class, scheme := range map[string]string{
		"DigestAuthenticationProvider":    "digest",
		"IPAuthenticationProvider":        "ip",
		"SASLAuthenticationProvider":      "sasl",
		" X509AuthenticationProvider":     "x509",
		"EnsembleAuthenticationProvider ": "ensemble",
	} {
		name := strings.Replace(" "+class, strings.TrimSpace(class), apache+strings.TrimSpace(class), 1)
		require.NoError(t, r.RegisterClass(name))
		require.NoError(t, r.RegisterClass(name), "twice is no fault")
		p, ok := r.Lookup(scheme)
		require.True(t, ok)
		require.Equal(t, scheme, p.Scheme())
	}
	for _, class := range []string{"com.example.Mine", apache + "Nonsense", apache + "KeyAuthenticationProvider", ""} {
		err := r.RegisterClass(class)
		require.ErrorIs(t, err, acl.ErrUnknownClass, class)
		require.ErrorContains(t, err, class)
	}
	require.ErrorContains(t, r.RegisterClass("com.example.Mine"), apache+"SASLAuthenticationProvider")

	sasl, _ := r.Lookup("sasl")
	require.True(t, sasl.Matches("bob", "bob"))
	require.True(t, sasl.Matches("super", "bob"))
	require.True(t, sasl.Matches("bob", "everybody"))
	require.False(t, sasl.Matches("bob", "eve"))
	_, err := r.Authenticate(tcp("::1"), "sasl", []byte("bob"))
	require.Error(t, err, "a login is a sasl request")

	_, err = r.Authenticate(tcp("::1"), "ensemble", []byte("red"))
	require.Error(t, err)
	ids, err := r.Authenticate(tcp("::1"), "ensemble", []byte("blue"))
	require.NoError(t, err)
	require.Empty(t, ids)

	_, err = r.Authenticate(tcp("::1"), "x509", nil)
	require.Error(t, err, "no certificate")
	boss := tcp("::1")
	boss.certs = []*x509.Certificate{{Subject: pkix.Name{CommonName: "boss"}}}
	ids, err = r.Authenticate(boss, "x509", nil)
	require.NoError(t, err)
	require.Equal(t, []data.ID{{Scheme: "x509", ID: "CN=boss"}, {Scheme: "super", ID: "CN=boss"}}, ids)
	x, _ := r.Lookup("x509")
	require.True(t, x.Matches("CN=boss", "CN=bob"))
	require.False(t, x.Matches("CN=bob", "CN=boss"))
}

func TestDigestCanBeSwitchedOffAndNamedAgain(t *testing.T) {
	r := registry(t, acl.Options{DigestDisabled: true})
	_, ok := r.Lookup("digest")
	require.False(t, ok)
	_, code := r.Fixup([]data.ACL{{Perms: 31, ID: bob}}, nil)
	require.Equal(t, proto.InvalidACL, code)
	require.NoError(t, r.RegisterClass("org.apache.zookeeper.server.auth.DigestAuthenticationProvider"))
	_, ok = r.Lookup("digest")
	require.True(t, ok)
}

// badge is an example of a scheme of one's own: the id is a department, and "*" in an ACL means every department.
type badge struct{ departments map[string]string }

func (badge) Scheme() string { return "badge" }

func (b badge) Authenticate(_ acl.Conn, auth []byte) ([]data.ID, error) {
	department, ok := b.departments[string(auth)]
	if !ok {
		return nil, errors.New("no such badge")
	}
	return []data.ID{{Scheme: "badge", ID: department}}, nil
}

func (badge) Matches(id, expr string) bool { return expr == "*" || id == expr }
func (badge) IsAuthenticated() bool        { return true }
func (badge) Valid(id string) bool         { return id != "" && id != "\xff" }
func (badge) UserName(id string) string    { return id }
func newBadge(acl.Options) (acl.Provider, error) {
	return badge{map[string]string{"42": "brewery"}}, nil
}

// A scheme of one's own takes part in everything: authentication, auth expansion, checks, whoAmI.
func TestOwnScheme(t *testing.T) {
	r := registry(t, acl.Options{Classes: map[string]func(acl.Options) (acl.Provider, error){"com.example.Badge": newBadge}})
	_, err := r.Authenticate(tcp("::1"), "badge", []byte("42"))
	require.ErrorContains(t, err, "badge", "not registered yet")
	require.NoError(t, r.RegisterClass("com.example.Badge"))
	require.ErrorIs(t, r.RegisterClass("com.example.Badge"), acl.ErrTwice)

	ids, err := r.Authenticate(tcp("::1"), "badge", []byte("42"))
	require.NoError(t, err)
	_, err = r.Authenticate(tcp("::1"), "badge", []byte("43"))
	require.Error(t, err)

	stored, code := r.Fixup([]data.ACL{entry(proto.PermRead, "auth", "")}, ids)
	require.Equal(t, proto.Ok, code)
	require.Equal(t, []data.ACL{entry(proto.PermRead, "badge", "brewery")}, stored)
	require.True(t, r.Check(stored, proto.PermRead, ids))
	require.True(t, r.Check([]data.ACL{entry(proto.PermRead, "badge", "*")}, proto.PermRead, ids))
	require.False(t, r.Check([]data.ACL{entry(proto.PermRead, "badge", "cellar")}, proto.PermRead, ids))
	require.Equal(t, "brewery", r.UserName(ids[0]))
}

func TestReservedSchemes(t *testing.T) {
	r := registry(t, acl.Options{})
	for _, scheme := range []string{"", "world", "auth", "super"} {
		require.ErrorIs(t, r.Register(named{scheme: scheme}), acl.ErrReservedScheme)
	}
	require.ErrorIs(t, r.Register(named{scheme: "ip"}), acl.ErrTwice)
	require.NoError(t, r.Register(named{scheme: "new"}))
}

type named struct {
	badge
	scheme string
}

func (n named) Scheme() string { return n.scheme }
