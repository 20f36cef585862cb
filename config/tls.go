package config

import (
	"strings"
	"time"
)

// TLS says how the client port and the peers are encrypted.
type TLS struct {
	Client TLSSide // ssl.*
	Peers  TLSSide // ssl.quorum.*

	// Quorum: peers talk TLS to each other. [sslQuorum | default false]
	Quorum bool
	// QuorumPortUnification: accept peers with and without TLS, for the time of a change. [portUnification |
	// default false]
	QuorumPortUnification bool
	// QuorumReload: read the key and trust stores of the peers again when they change. [sslQuorumReloadCertFiles |
	// default false]
	QuorumReload bool
	// FIPS: use the system's trust manager only and refuse DIGEST-MD5 (on by default in ZooKeeper 3.9). [fips-mode
	// | -Dzookeeper.fips-mode | default false]
	FIPS bool
	// TLSHandshakes: most TLS handshakes at a time; -1: no limit. [netty.server.outstandingHandshake.limit |
	// -Dzookeeper.netty.server.outstandingHandshake.limit | default -1 | handshakes]
	TLSHandshakes int
	// DropEarlyTLS: close TLS connections before the handshake while the server does not serve.
	// [netty.server.earlyDropSecureConnectionHandshakes |
	// -Dzookeeper.netty.server.earlyDropSecureConnectionHandshakes | default false]
	DropEarlyTLS bool
}

// TLSSide is the encryption of one kind of port. The key of each field begins with ssl. for the client port and
// with ssl.quorum. for the peers.
type TLSSide struct {
	KeyStore   Store // [ssl.keyStore.* | -Dzookeeper.ssl.keyStore.*]
	TrustStore Store // [ssl.trustStore.* | -Dzookeeper.ssl.trustStore.*]
	// Protocol is the TLS version, in Java's spelling. [ssl.protocol | -Dzookeeper.ssl.protocol | default TLSv1.2]
	Protocol string
	// EnabledProtocols are the versions accepted. [ssl.enabledProtocols | -Dzookeeper.ssl.enabledProtocols |
	// default ssl.protocol]
	EnabledProtocols []string
	// CipherSuites are the suites accepted, in Java's spelling. [ssl.ciphersuites | -Dzookeeper.ssl.ciphersuites |
	// default ECDHE with AES-GCM, then AES-CBC]
	CipherSuites []string
	// ClientAuth says whether the connecting side must show a certificate: none, want or need.
	// [ssl.clientAuth | -Dzookeeper.ssl.clientAuth | default need]
	ClientAuth string
	// VerifyHost compares certificates with host names. [ssl.hostnameVerification |
	// -Dzookeeper.ssl.hostnameVerification | default true]
	VerifyHost bool
	// CRL checks revocation lists. [ssl.crl | -Dzookeeper.ssl.crl | default false]
	CRL bool
	// OCSP asks for the status of certificates. [ssl.ocsp | -Dzookeeper.ssl.ocsp | default false]
	OCSP bool
	// DetectionTimeout is how long a connection may take to show whether it is TLS.
	// [ssl.handshakeDetectionTimeoutMillis | -Dzookeeper.ssl.handshakeDetectionTimeoutMillis | default 5000 | ms]
	DetectionTimeout time.Duration
	// ContextSupplier is a Java class that makes the TLS context. [ssl.context.supplier.class |
	// -Dzookeeper.ssl.context.supplier.class | default none]
	ContextSupplier string
	// AuthProvider takes a client's identity from its certificate. [ssl.authProvider |
	// -Dzookeeper.ssl.authProvider | default x509]
	AuthProvider string
}

// Store is a file of keys or of trusted certificates.
type Store struct {
	Location     string // path [.location]
	Password     string // secret [.password]
	PasswordPath string // file that holds the password [.passwordPath]
	Type         string // JKS, PEM, PKCS12 or BCFKS; empty: by the file's extension [.type]
}

// sideKeys are the keys of one side.
func sideKeys(prefix string, side func(*Config) *TLSSide) []Key {
	store := func(name, what string, store func(*Config) *Store) []Key {
		return []Key{
			{Name: prefix + name + ".location", Origin: FromProperty, Derived: "none", Needs: "TLS",
				parse: text(func(c *Config) *string { return &store(c).Location }),
				Doc:   "file of the " + what},
			{Name: prefix + name + ".password", Origin: FromProperty, Derived: "none", Needs: "TLS", Secret: true,
				parse: text(func(c *Config) *string { return &store(c).Password }),
				Doc:   "its password"},
			{Name: prefix + name + ".passwordPath", Origin: FromProperty, Derived: "none", Needs: "TLS",
				parse: text(func(c *Config) *string { return &store(c).PasswordPath }),
				Doc:   "file that holds its password"},
			{Name: prefix + name + ".type", Origin: FromProperty, Derived: "by the extension of the file", Needs: "TLS",
				parse: text(func(c *Config) *string { return &store(c).Type }),
				Doc:   "its kind: JKS, PEM, PKCS12 or BCFKS"},
		}
	}
	all := store("keyStore", "private key and certificate", func(c *Config) *Store { return &side(c).KeyStore })
	all = append(all, store("trustStore", "certificates that are trusted", func(c *Config) *Store { return &side(c).TrustStore })...)
	return append(all, []Key{
		{Name: prefix + "protocol", Origin: FromProperty, Default: "TLSv1.2", Needs: "TLS",
			parse: text(func(c *Config) *string { return &side(c).Protocol }),
			Doc:   "TLS version, in Java's spelling"},
		{Name: prefix + "enabledProtocols", Origin: FromProperty, Derived: prefix + "protocol", Needs: "TLS",
			parse: list(func(c *Config) *[]string { return &side(c).EnabledProtocols }),
			Doc:   "versions that are accepted, separated by commas"},
		{Name: prefix + "ciphersuites", Origin: FromProperty, Derived: "ECDHE with AES-GCM, then AES-CBC", Needs: "TLS",
			parse: list(func(c *Config) *[]string { return &side(c).CipherSuites }),
			Doc:   "cipher suites that are accepted, in Java's spelling, separated by commas"},
		{Name: prefix + "clientAuth", Origin: FromProperty, Default: "need", Needs: "TLS",
			parse: clientAuth(func(c *Config) *string { return &side(c).ClientAuth }),
			Doc:   "whether the connecting side must show a certificate: `none`, `want` or `need`"},
		{Name: prefix + "hostnameVerification", Origin: FromProperty, Default: "true", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &side(c).VerifyHost }),
			Doc:   "compare certificates with host names"},
		{Name: prefix + "crl", Origin: FromProperty, Default: "false", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &side(c).CRL }),
			Doc:   "check revocation lists"},
		{Name: prefix + "ocsp", Origin: FromProperty, Default: "false", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &side(c).OCSP }),
			Doc:   "ask for the status of certificates"},
		{Name: prefix + "handshakeDetectionTimeoutMillis", Origin: FromProperty, Default: "5000", Unit: "ms", Needs: "TLS",
			parse: millis(func(c *Config) *time.Duration { return &side(c).DetectionTimeout }),
			Doc:   "how long a connection may take to show whether it is TLS"},
		{Name: prefix + "context.supplier.class", Origin: FromProperty, Derived: "none", Needs: "TLS",
			parse: text(func(c *Config) *string { return &side(c).ContextSupplier }),
			Doc:   "Java class that makes the TLS context"},
		{Name: prefix + "authProvider", Origin: FromProperty, Default: "x509", Needs: "TLS",
			parse: text(func(c *Config) *string { return &side(c).AuthProvider }),
			Doc:   "what takes a client's identity from its certificate"},
	}...)
}

func clientAuth(field func(*Config) *string) parseFunc {
	return func(c *Config, _, value string) error {
		switch v := strings.ToLower(value); v {
		case "none", "want", "need":
			*field(c) = v
			return nil
		}
		return problem{"is neither none, want nor need", "write one of the three"}
	}
}

// tlsKeys is the part of the table of keys that fills TLS.
func tlsKeys() []Key {
	all := append(sideKeys("ssl.", func(c *Config) *TLSSide { return &c.TLS.Client }),
		sideKeys("ssl.quorum.", func(c *Config) *TLSSide { return &c.TLS.Peers })...)
	return append(all, []Key{
		{Name: "sslQuorum", Origin: FromFile, Default: "false", Needs: "TLS",
			parse: boolean(func(c *Config) *bool { return &c.TLS.Quorum }),
			Doc:   "peers talk TLS to each other"},
		{Name: "portUnification", Origin: FromFile, Default: "false", Needs: "TLS",
			parse: boolean(func(c *Config) *bool { return &c.TLS.QuorumPortUnification }),
			Doc:   "accept peers with and without TLS, for the time of a change"},
		{Name: "sslQuorumReloadCertFiles", Origin: FromFile, Default: "false", Needs: "TLS",
			parse: boolean(func(c *Config) *bool { return &c.TLS.QuorumReload }),
			Doc:   "read the key and trust stores of the peers again when they change"},
		{Name: "fips-mode", Origin: FromProperty, Default: "false", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &c.TLS.FIPS }),
			Doc:   "use the system's trust manager only and refuse DIGEST-MD5 (on by default in ZooKeeper 3.9)"},
		{Name: "netty.server.outstandingHandshake.limit", Origin: FromProperty, Default: "-1", Unit: "handshakes", Needs: "TLS",
			parse: whole(func(c *Config) *int { return &c.TLS.TLSHandshakes }),
			Doc:   "most TLS handshakes at a time; -1: no limit"},
		{Name: "netty.server.earlyDropSecureConnectionHandshakes", Origin: FromProperty, Default: "false", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &c.TLS.DropEarlyTLS }),
			Doc:   "close TLS connections before the handshake while the server does not serve"},
	}...)
}
