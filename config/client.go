package config

import "time"

// Client says where clients connect, and the limits of one connection.
type Client struct {
	// Port: TCP port for clients; 0 lets the system choose one; not set: no plain listener. [clientPort | default
	// none]
	Port int
	// Address: host name or IP address to listen on. [clientPortAddress | default all addresses]
	Address string
	// SecurePort: TCP port for clients that speak TLS. [secureClientPort | default none]
	SecurePort int
	// SecureAddress: host name or IP address of the TLS listener. [secureClientPortAddress | default all
	// addresses]
	SecureAddress string
	// Backlog: length of the queue of connections not yet accepted. [clientPortListenBacklog | default -1]
	Backlog int
	// MaxPerAddress: most connections from one IP address; 0: no limit. [maxClientCnxns | default 60 |
	// connections]
	MaxPerAddress int
	// MaxTotal: most connections altogether; 0: no limit. [maxCnxns | -Dzookeeper.maxCnxns | default 0 |
	// connections]
	MaxTotal int
	// MaxBuffer: longest request frame that is read; a longer one closes the connection. [jute.maxbuffer |
	// -Djute.maxbuffer | default 1048575 | bytes]
	MaxBuffer int
	// ExtraSize: what strings and buffers inside a record may be longer than jute.maxbuffer; at least 1024.
	// [jute.maxbuffer.extrasize | -Dzookeeper.jute.maxbuffer.extrasize | default the value of jute.maxbuffer |
	// bytes]
	ExtraSize int
	// HandshakeTimeout: a connection that has not opened a session for this long is closed.
	// [nio.sessionlessCnxnTimeout | -Dzookeeper.nio.sessionlessCnxnTimeout | default 10000 | ms]
	HandshakeTimeout time.Duration
	// KeepAlive: TCP keep-alive on client connections. [clientTcpKeepAlive | -Dzookeeper.clientTcpKeepAlive |
	// default false]
	KeepAlive bool
	// Factory: the Java class that serves connections; NettyServerCnxnFactory is what Apache needs for TLS.
	// [serverCnxnFactory | -Dzookeeper.serverCnxnFactory | default NIOServerCnxnFactory]
	Factory ConnFactory
	// PortUnification: plain and TLS clients on one port. [client.portUnification |
	// -Dzookeeper.client.portUnification | default false]
	PortUnification bool
	// CertReload: read the key and trust stores of the client port again when they change. [client.certReload |
	// -Dzookeeper.client.certReload | default false]
	CertReload bool
}

// clientKeys is the part of the table of keys that fills Client.
func clientKeys() []Key {
	return []Key{
		{Name: "clientPort", Origin: FromFile, Default: "-1", Derived: "none",
			parse: whole(func(c *Config) *int { return &c.Client.Port }),
			Doc:   "TCP port for clients; 0 lets the system choose one; not set: no plain listener"},
		{Name: "clientPortAddress", Origin: FromFile, Derived: "all addresses",
			parse: text(func(c *Config) *string { return &c.Client.Address }),
			Doc:   "host name or IP address to listen on"},
		{Name: "secureClientPort", Origin: FromFile, Default: "-1", Derived: "none", Needs: "TLS",
			parse: whole(func(c *Config) *int { return &c.Client.SecurePort }),
			Doc:   "TCP port for clients that speak TLS"},
		{Name: "secureClientPortAddress", Origin: FromFile, Derived: "all addresses", Needs: "TLS",
			parse: text(func(c *Config) *string { return &c.Client.SecureAddress }),
			Doc:   "host name or IP address of the TLS listener"},
		{Name: "clientPortListenBacklog", Origin: FromFile, Default: "-1", Inert: "the system's own maximum is always asked for",
			parse: whole(func(c *Config) *int { return &c.Client.Backlog }),
			Doc:   "length of the queue of connections not yet accepted"},
		{Name: "maxClientCnxns", Origin: FromFile, Default: "60", Unit: "connections",
			parse: whole(func(c *Config) *int { return &c.Client.MaxPerAddress }),
			Doc:   "most connections from one IP address; 0: no limit"},
		{Name: "maxCnxns", Origin: FromProperty, Default: "0", Unit: "connections",
			parse: whole(func(c *Config) *int { return &c.Client.MaxTotal }),
			Doc:   "most connections altogether; 0: no limit"},
		{Name: "jute.maxbuffer", Origin: FromBareProperty, Default: "1048575", Unit: "bytes",
			parse: whole(func(c *Config) *int { return &c.Client.MaxBuffer }),
			Doc:   "longest request frame that is read; a longer one closes the connection"},
		{Name: "jute.maxbuffer.extrasize", Origin: FromProperty, Derived: "the value of jute.maxbuffer", Unit: "bytes", Inert: "a frame bounds the strings in it",
			parse: whole(func(c *Config) *int { return &c.Client.ExtraSize }),
			Doc:   "what strings and buffers inside a record may be longer than jute.maxbuffer; at least 1024"},
		{Name: "nio.sessionlessCnxnTimeout", Origin: FromProperty, Default: "10000", Unit: "ms",
			parse: millis(func(c *Config) *time.Duration { return &c.Client.HandshakeTimeout }),
			Doc:   "a connection that has not opened a session for this long is closed"},
		{Name: "clientTcpKeepAlive", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Client.KeepAlive }),
			Doc:   "TCP keep-alive on client connections"},
		{Name: "serverCnxnFactory", Origin: FromProperty, Default: "NIOServerCnxnFactory", Inert: "both names stand for the one listener that is here",
			parse: connFactory(func(c *Config) *ConnFactory { return &c.Client.Factory }),
			Doc:   "the Java class that serves connections; NettyServerCnxnFactory is what Apache needs for TLS"},
		{Name: "client.portUnification", Origin: FromProperty, Default: "false", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &c.Client.PortUnification }),
			Doc:   "plain and TLS clients on one port"},
		{Name: "client.certReload", Origin: FromProperty, Default: "false", Needs: "TLS",
			parse: lenient(func(c *Config) *bool { return &c.Client.CertReload }),
			Doc:   "read the key and trust stores of the client port again when they change"},
	}
}
