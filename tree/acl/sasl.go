package acl

import (
	"errors"
	"strings"

	"troupe/jute"
	"troupe/jute/data"
)

// SASL is the scheme of those who logged in with a sasl request; the login itself is done elsewhere, and adds the
// authorization id to the connection. Without a SASL configuration the scheme is not registered.
type SASL struct {
	// AnyUser is the ACL id that every SASL user matches; empty: there is none.
	AnyUser string
}

// Scheme is "sasl".
func (SASL) Scheme() string { return SchemeSASL }

// Authenticate fails: the scheme is entered by sasl requests, never by an auth packet.
func (SASL) Authenticate(Conn, []byte) ([]data.ID, error) {
	return nil, errors.New("log in with a sasl request, not with addAuth")
}

// Matches compares the ids. The user named super matches every sasl entry.
func (s SASL) Matches(id, expr string) bool {
	return id == expr || id == SchemeSuper || (s.AnyUser != "" && expr == s.AnyUser)
}

// IsAuthenticated is true.
func (SASL) IsAuthenticated() bool { return true }

// Valid wants a Kerberos principal: service, service@REALM or service/host@REALM; a plain name is one.
func (SASL) Valid(id string) bool {
	if id == jute.Null {
		return false
	}
	name, realm, ok := strings.Cut(id, "@")
	if !ok {
		return true
	}
	return strings.Count(name, "/") <= 1 && !strings.ContainsAny(realm, "/@")
}

// UserName is the authorization id.
func (SASL) UserName(id string) string { return id }
