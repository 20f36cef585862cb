package acl

import (
	"crypto/x509"
	"errors"
	"strings"

	"troupe/jute"
	"troupe/jute/data"
)

// X509 is the scheme of TLS clients: the id is the subject of their certificate in the form of RFC 2253.
type X509 struct {
	// SuperUser is the subject whose holder is superuser; empty: nobody is.
	SuperUser string
}

// certified is a connection that has verified its peer's certificate.
type certified interface {
	PeerCertificates() []*x509.Certificate
}

// Scheme is "x509".
func (X509) Scheme() string { return SchemeX509 }

// Authenticate gives the subject of the certificate that the TLS handshake verified; what the client sends is not
// looked at.
func (x X509) Authenticate(conn Conn, _ []byte) ([]data.ID, error) {
	c, ok := conn.(certified)
	if !ok || len(c.PeerCertificates()) == 0 {
		return nil, errors.New("the connection has no client certificate")
	}
	subject := c.PeerCertificates()[0].Subject.String()
	ids := []data.ID{{Scheme: SchemeX509, ID: subject}}
	if x.SuperUser != "" && subject == x.SuperUser {
		ids = append(ids, data.ID{Scheme: SchemeSuper, ID: subject})
	}
	return ids, nil
}

// Matches compares the subjects; the superuser matches every entry.
func (x X509) Matches(id, expr string) bool {
	return id == expr || (x.SuperUser != "" && id == x.SuperUser)
}

// IsAuthenticated is true.
func (X509) IsAuthenticated() bool { return true }

// Valid wants an X.500 name: parts such as CN=name between commas, semicolons or plus signs, with backslash escapes and
// quoted values.
func (X509) Valid(id string) bool {
	if id == jute.Null {
		return false
	}
	if strings.TrimSpace(id) == "" {
		return true // the empty name is a name
	}
	for rest, more := id, true; more; {
		var part string
		part, rest, more = cutName(rest)
		key, _, ok := strings.Cut(part, "=")
		if !ok || !isAttribute(strings.TrimSpace(key)) {
			return false
		}
	}
	return true
}

// UserName is the subject.
func (X509) UserName(id string) string { return id }

// cutName splits off what stands before the first separator that is neither quoted nor escaped.
func cutName(s string) (part, rest string, more bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			quoted = !quoted
		case ',', ';', '+':
			if !quoted {
				return s[:i], s[i+1:], true
			}
		}
	}
	return s, "", false
}

// isAttribute reports whether s is a keyword such as CN or an object identifier such as 2.5.4.3.
func isAttribute(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '.' && s[i] != '-' {
			return false
		}
	}
	return s != ""
}
