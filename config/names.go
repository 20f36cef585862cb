package config

import (
	"slices"
	"strings"
)

// Configurations name Java classes. A class of Apache's stands for what does its work here; the last part of
// the name is enough, so that the short names (NIOServerCnxnFactory) are understood too.

// Compression is how snapshots are written.
type Compression string

// The compressions of snapshots.
const (
	Plain  Compression = ""
	Gzip   Compression = "gz"
	Snappy Compression = "snappy"
)

// ConnFactory is Apache's name for the code that serves client connections. It makes no difference here, except
// that Apache's has to be Netty's for TLS.
type ConnFactory string

// The connection factories.
const (
	NIO   ConnFactory = "NIOServerCnxnFactory"
	Netty ConnFactory = "NettyServerCnxnFactory"
)

// MetricsProvider says where metrics go.
type MetricsProvider string

// The metrics providers.
const (
	DefaultMetrics    MetricsProvider = "DefaultMetricsProvider"    // mntr and the admin server
	PrometheusMetrics MetricsProvider = "PrometheusMetricsProvider" // those, and a listener for Prometheus
	NullMetrics       MetricsProvider = "NullMetricsProvider"       // none
)

// AuthProvider is one line authProvider.N.
type AuthProvider struct {
	Suffix string // N
	Class  string // as written
	Scheme string // the scheme that it stands for; a name that is no class of Apache's is taken as a scheme
}

// Option is a key with its value that is handed on as it is.
type Option struct{ Name, Value string }

// simpleName is a class name without its package.
func simpleName(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }

// schemeOf is the authentication scheme of a class of Apache's, or "".
func schemeOf(class string) string {
	switch simpleName(class) {
	case "DigestAuthenticationProvider":
		return "digest"
	case "IPAuthenticationProvider":
		return "ip"
	case "SASLAuthenticationProvider":
		return "sasl"
	case "X509AuthenticationProvider":
		return "x509"
	case "EnsembleAuthenticationProvider":
		return "ensemble"
	case "KeyAuthenticationProvider":
		return "key"
	}
	return ""
}

func authProvider(c *Config, suffix, value string) error {
	p := AuthProvider{Suffix: suffix, Class: value, Scheme: schemeOf(value)}
	var err error
	if p.Scheme == "" {
		p.Scheme = value
		if strings.Contains(value, ".") {
			err = adjustment("is no class of Apache ZooKeeper's; it works only if a scheme of this name is registered")
		}
	}
	c.Auth.Providers = append(c.Auth.Providers, p)
	return err
}

func superUser(c *Config, _, value string) error {
	if value != "" {
		c.Auth.SuperUsers = append(c.Auth.SuperUsers, value)
	}
	return nil
}

// digestAlgorithms are the hashes of the digest scheme by Java's names.
func digestAlgorithms() []string {
	return []string{"SHA1", "SHA-1", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "MD5"}
}

func digestAlgorithm(field func(*Config) *string) parseFunc {
	return func(c *Config, _, value string) error {
		known := digestAlgorithms()
		i := slices.IndexFunc(known, func(s string) bool { return strings.EqualFold(s, value) })
		if i < 0 {
			return problem{"is no known hash", "write one of " + strings.Join(known, ", ")}
		}
		*field(c) = known[i]
		return nil
	}
}

func compression(field func(*Config) *Compression) parseFunc {
	return func(c *Config, _, value string) error {
		switch v := Compression(strings.ToLower(value)); v {
		case Plain, Gzip, Snappy:
			*field(c) = v
			return nil
		}
		return problem{"is no known compression", "write gz or snappy, or nothing for none"}
	}
}

func connFactory(field func(*Config) *ConnFactory) parseFunc {
	return func(c *Config, _, value string) error {
		switch v := ConnFactory(simpleName(value)); v {
		case NIO, Netty:
			*field(c) = v
			return nil
		}
		return problem{"is no connection factory of Apache ZooKeeper's",
			"leave it out, or name org.apache.zookeeper.server." + string(Netty)}
	}
}

func metricsProvider(field func(*Config) *MetricsProvider) parseFunc {
	return func(c *Config, _, value string) error {
		switch v := MetricsProvider(simpleName(value)); v {
		case DefaultMetrics, PrometheusMetrics, NullMetrics:
			*field(c) = v
			return nil
		}
		return problem{"is no metrics provider of Apache ZooKeeper's",
			"leave it out, or name org.apache.zookeeper.metrics.prometheus." + string(PrometheusMetrics)}
	}
}

func metricsOption(c *Config, suffix, value string) error {
	c.Operator.MetricsOptions = append(c.Operator.MetricsOptions, Option{suffix, value})
	return nil
}
