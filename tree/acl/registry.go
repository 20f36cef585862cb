package acl

import (
	"errors"
	"fmt"

	"troupe/jute/data"
)

// Errors of registering a provider.
var (
	ErrReservedScheme = errors.New("the scheme is a rule of the server and takes no provider")
	ErrTwice          = errors.New("the scheme has a provider already")
	ErrUnknownClass   = errors.New("no provider is known under this class name")
)

// Options are the settings of the registry. The zero value has digest (SHA1) and ip, and no superuser.
type Options struct {
	// SkipACL lets everybody do everything (skipACL=yes). Fixup still refuses ACLs that are not valid.
	SkipACL bool
	// SuperDigest is the digest id, such as super:xQJmxLMiHGwaqBvst5y6rkB6HQs=, whose password makes a client
	// superuser (DigestAuthenticationProvider.superDigest). Empty: there is none.
	SuperDigest string
	// DigestAlg is the hash of the digest scheme under its Java name (DigestAuthenticationProvider.digestAlg): MD5,
	// SHA1, SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/256, SHA3-256 and so on, in any case. Empty: SHA1.
	DigestAlg string
	// DigestDisabled leaves the digest scheme out (DigestAuthenticationProvider.enabled=false).
	DigestDisabled bool
	// X509SuperUser is the subject whose holder is superuser (X509AuthenticationProvider.superUser).
	X509SuperUser string
	// AnySASLUser is the ACL id that every SASL user matches (letAnySaslUserDoX). Empty: there is none.
	AnySASLUser string
	// EnsembleNames are the names that the ensemble scheme accepts (ensembleAuthName, split at commas).
	EnsembleNames []string
	// Classes adds class names that configuration files may mention to the ones of Apache (see RegisterClass).
	Classes map[string]func(Options) (Provider, error)
}

// Registry knows the schemes and applies their rules. Register what is needed first; after that it is read only, and
// safe for use by many goroutines.
type Registry struct {
	options   Options
	providers map[string]Provider
}

// New returns a registry with the schemes digest and ip. It fails if the digest algorithm is not known.
func New(o Options) (*Registry, error) {
	r := &Registry{options: o, providers: make(map[string]Provider)}
	if !o.DigestDisabled {
		d, err := NewDigest(o.DigestAlg, o.SuperDigest)
		if err != nil {
			return nil, err
		}
		r.providers[SchemeDigest] = d
	}
	r.providers[SchemeIP] = IP{}
	return r, nil
}

// Register adds a scheme. It refuses the names world, auth and super, and a second provider of one scheme.
func (r *Registry) Register(p Provider) error {
	scheme := p.Scheme()
	switch scheme {
	case "", SchemeWorld, SchemeAuth, SchemeSuper:
		return fmt.Errorf("register scheme %q: %w", scheme, ErrReservedScheme)
	}
	if _, ok := r.providers[scheme]; ok {
		return fmt.Errorf("register scheme %q: %w", scheme, ErrTwice)
	}
	r.providers[scheme] = p
	return nil
}

// Lookup returns the provider of a scheme. It finds none for world, auth and super, which have no provider.
func (r *Registry) Lookup(scheme string) (Provider, bool) {
	p, ok := r.providers[scheme]
	return p, ok
}

// Authenticate serves an auth packet: it returns what is to be added to the identities of the connection. Every error
// is answered with AuthFailed and a close.
func (r *Registry) Authenticate(conn Conn, scheme string, auth []byte) ([]data.ID, error) {
	p, ok := r.providers[scheme]
	if !ok {
		return nil, fmt.Errorf("authenticate: unknown scheme %q", scheme)
	}
	ids, err := p.Authenticate(conn, auth)
	if err != nil {
		return nil, fmt.Errorf("authenticate with scheme %q: %w", scheme, err)
	}
	return ids, nil
}

// UserName returns the name that whoAmI shows for an identity; it is empty when the scheme has no provider, as that
// of the superuser.
func (r *Registry) UserName(id data.ID) string {
	p, ok := r.providers[id.Scheme]
	if !ok {
		return ""
	}
	return p.UserName(id.ID)
}
