// Package acl holds the rules of access: which schemes exist, which identities a client can prove, which ACLs may be
// stored, and who may do what.
//
// A Registry is built once at start, from Options and from the operator's authProvider.N lines, and never changes
// while the server serves; so it needs no lock. Schemes of its own:
//
//	world   the id "anyone"; a rule of the registry, no provider
//	auth    a placeholder in requests; Fixup replaces it by what the client has proved
//	super   granted with Options.SuperDigest; passes every check, and is never part of an ACL
//	digest  user:base64(hash(user:password))
//	ip      an address or a prefix, version 4 or 6
//	x509    the subject of a TLS certificate    (only when registered by its class or by an embedding program)
//	sasl    the authorization id of a SASL login (likewise)
//	ensemble a shared name that clients must know (likewise)
//
// Further schemes implement Provider and are registered under their own name, or under a class name that a
// configuration file mentions (Options.Classes).
//
// Source of the rules: what Apache ZooKeeper 3.8.0 does. IPv6 in ACLs is that of 3.9.4.
package acl
