package acl

import (
	"fmt"
	"slices"
	"strings"
)

// apachePackage is where Apache keeps its providers.
const apachePackage = "org.apache.zookeeper.server.auth."

// RegisterClass registers what the value of an authProvider.N line stands for. Apache's class names mean the schemes
// of the same name here; naming one that is there already is no fault, since many configurations do. Options.Classes
// adds names. The error for an unknown name lists the known ones.
func (r *Registry) RegisterClass(name string) error {
	name = strings.TrimSpace(name)
	build, ok := r.options.Classes[name]
	if !ok {
		short, apache := strings.CutPrefix(name, apachePackage)
		if !apache {
			return r.unknownClass(name)
		}
		if build, ok = apacheClass(short); !ok {
			return r.unknownClass(name)
		}
	}
	p, err := build(r.options)
	if err != nil {
		return fmt.Errorf("authProvider %s: %w", name, err)
	}
	if _, have := r.providers[p.Scheme()]; have && strings.HasPrefix(name, apachePackage) {
		return nil
	}
	if err := r.Register(p); err != nil {
		return fmt.Errorf("authProvider %s: %w", name, err)
	}
	return nil
}

// apacheClass returns how the provider is made that one of Apache's classes stands for.
func apacheClass(short string) (func(Options) (Provider, error), bool) {
	switch short {
	case "DigestAuthenticationProvider":
		return func(o Options) (Provider, error) { return NewDigest(o.DigestAlg, o.SuperDigest) }, true
	case "IPAuthenticationProvider":
		return func(Options) (Provider, error) { return IP{}, nil }, true
	case "SASLAuthenticationProvider":
		return func(o Options) (Provider, error) { return SASL{AnyUser: o.AnySASLUser}, nil }, true
	case "X509AuthenticationProvider":
		return func(o Options) (Provider, error) { return X509{SuperUser: o.X509SuperUser}, nil }, true
	case "EnsembleAuthenticationProvider":
		return func(o Options) (Provider, error) { return Ensemble{Names: slices.Clone(o.EnsembleNames)}, nil }, true
	case "KeyAuthenticationProvider":
		return func(Options) (Provider, error) {
			return nil, fmt.Errorf("scheme key is Apache's example of reading a znode in a provider and is not offered here; remove the line, or register a provider of your own: %w", ErrUnknownClass)
		}, true
	}
	return nil, false
}

func (r *Registry) unknownClass(name string) error {
	known := []string{"DigestAuthenticationProvider", "IPAuthenticationProvider", "SASLAuthenticationProvider",
		"X509AuthenticationProvider", "EnsembleAuthenticationProvider"}
	for i := range known {
		known[i] = apachePackage + known[i]
	}
	for extra := range r.options.Classes {
		known = append(known, extra)
	}
	slices.Sort(known)
	return fmt.Errorf("authProvider %q: %w; known are %s", name, ErrUnknownClass, strings.Join(known, ", "))
}
