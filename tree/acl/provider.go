package acl

import (
	"net"

	"troupe/jute/data"
)

// Names of the schemes that the rules themselves know.
const (
	SchemeWorld    = "world"
	SchemeAuth     = "auth"
	SchemeSuper    = "super"
	SchemeDigest   = "digest"
	SchemeIP       = "ip"
	SchemeX509     = "x509"
	SchemeSASL     = "sasl"
	SchemeEnsemble = "ensemble"

	// Anyone is the only id of the scheme world.
	Anyone = "anyone"
)

// Conn is what a scheme may know about the connection that authenticates. A provider that needs more (such as the
// certificates of a TLS connection) asks for it with a type assertion to an interface of its own.
type Conn interface {
	RemoteAddr() net.Addr
}

// Provider gives a scheme its meaning. All methods may be called by many goroutines at once; Matches runs on the hot
// path and should not allocate. A null string in a request reaches Valid as jute.Null.
type Provider interface {
	// Scheme is the name that auth packets and ACLs use, for example "digest".
	Scheme() string
	// Authenticate checks the credentials of an auth packet and returns the identities that the connection has from
	// now on; none is a legal answer. An error means AuthFailed, after which the server closes the connection.
	Authenticate(conn Conn, auth []byte) ([]data.ID, error)
	// Matches reports whether the identity id, of this scheme, is one that the ACL entry expr, of this scheme, means.
	Matches(id, expr string) bool
	// IsAuthenticated reports whether an identity of this scheme proves who somebody is, so that the placeholder
	// "auth" in an ACL stands for it. An address does not.
	IsAuthenticated() bool
	// Valid reports whether id may stand in an ACL.
	Valid(id string) bool
	// UserName is the part of id that whoAmI shows.
	UserName(id string) string
}
