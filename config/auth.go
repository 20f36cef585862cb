package config

// Auth says who a client may be and whom access control does not bind.
type Auth struct {
	// SkipACL: `yes` switches all access control off. [skipACL | -Dzookeeper.skipACL | default no]
	SkipACL bool
	// SuperUsers: SASL user that access control does not bind; `superUser.X` adds further ones. [superUser |
	// -Dzookeeper.superUser | default empty]
	SuperUsers []string
	// SuperDigest: `user:digest` of the digest user whom access control does not bind.
	// [DigestAuthenticationProvider.superDigest | -Dzookeeper.DigestAuthenticationProvider.superDigest | default
	// none]
	SuperDigest string
	// DigestAlgorithm: hash of the digest scheme: SHA1, SHA-256, SHA-384, SHA-512, SHA3-256, SHA3-384, SHA3-512 or
	// MD5. [DigestAuthenticationProvider.digestAlg | -Dzookeeper.DigestAuthenticationProvider.digestAlg | default
	// SHA1]
	DigestAlgorithm string
	// DigestEnabled: whether the digest scheme is there. [DigestAuthenticationProvider.enabled |
	// -Dzookeeper.DigestAuthenticationProvider.enabled | default true]
	DigestEnabled bool
	// X509SuperUser: subject of the certificate whose holder access control does not bind.
	// [X509AuthenticationProvider.superUser | -Dzookeeper.X509AuthenticationProvider.superUser | default none]
	X509SuperUser string
	// SASLSuperPassword: password of the SASL user `super`. [SASLAuthenticationProvider.superPassword |
	// -Dzookeeper.SASLAuthenticationProvider.superPassword | default none]
	SASLSuperPassword string
	// IPForwardedFor: the admin server takes the address of its caller from X-Forwarded-For.
	// [IPAuthenticationProvider.usexforwardedfor | -Dzookeeper.IPAuthenticationProvider.usexforwardedfor | default
	// false]
	IPForwardedFor bool
	// Providers: further authentication scheme: a Java class name of Apache's or a scheme registered here.
	// [authProvider.N | -Dzookeeper.authProvider.N | default none]
	Providers []AuthProvider
	// AllowFailedSASL: a client whose SASL authentication failed stays connected. [allowSaslFailedClients |
	// -Dzookeeper.allowSaslFailedClients | default false]
	AllowFailedSASL bool
	// RequireSASL: refuse sessions without SASL authentication. [sessionRequireClientSASLAuth |
	// -Dzookeeper.sessionRequireClientSASLAuth | default false]
	RequireSASL bool
	// Enforce: refuse requests of clients that have not authenticated with one of enforce.auth.schemes.
	// [enforce.auth.enabled | -Dzookeeper.enforce.auth.enabled | default false]
	Enforce bool
	// EnforceSchemes: schemes that enforce.auth.enabled accepts, separated by commas. [enforce.auth.schemes |
	// -Dzookeeper.enforce.auth.schemes | default none]
	EnforceSchemes []string
	// AnySASLUserDoes: a permission that every SASL user has. [letAnySaslUserDoX | -Dzookeeper.letAnySaslUserDoX |
	// default none]
	AnySASLUserDoes string
	// EnsembleName: names of this ensemble, separated by commas, that clients may send with scheme `ensemble` to
	// be sure where they are. [ensembleAuthName | -Dzookeeper.ensembleAuthName | default none]
	EnsembleName string
	// JAASFile: JAAS file with the sections Server, QuorumServer and QuorumLearner.
	// [java.security.auth.login.config | -Djava.security.auth.login.config | default none]
	JAASFile string
	// SASLSection: section of the JAAS file for the client port. [sasl.serverconfig |
	// -Dzookeeper.sasl.serverconfig | default Server]
	SASLSection string
	// KerberosRemoveHost: leave the host part out of a Kerberos user name. [kerberos.removeHostFromPrincipal |
	// -Dzookeeper.kerberos.removeHostFromPrincipal | default false]
	KerberosRemoveHost bool
	// KerberosRemoveRealm: leave the realm out of a Kerberos user name. [kerberos.removeRealmFromPrincipal |
	// -Dzookeeper.kerberos.removeRealmFromPrincipal | default false]
	KerberosRemoveRealm bool
	// KerberosCanonicalize: use canonical host names in Kerberos principals. [kerberos.canonicalizeHostNames |
	// -Dzookeeper.kerberos.canonicalizeHostNames | default false]
	KerberosCanonicalize bool
	// AuthToLocal: rules that turn Kerberos principals into user names. [security.auth_to_local |
	// -Dzookeeper.security.auth_to_local | default DEFAULT]
	AuthToLocal string
}

// authKeys is the part of the table of keys that fills Auth.
func authKeys() []Key {
	return []Key{
		{Name: "skipACL", Origin: FromProperty, Default: "no",
			parse: ifYes(func(c *Config) *bool { return &c.Auth.SkipACL }),
			Doc:   "`yes` switches all access control off"},
		{Name: "superUser", Origin: FromProperty, Needs: "SASL",
			parse: superUser,
			Doc:   "SASL user that access control does not bind; `superUser.X` adds further ones"},
		{Name: "superUser.*", Origin: FromProperty, Needs: "SASL",
			parse: superUser,
			Doc:   "a further SASL user that access control does not bind"},
		{Name: "DigestAuthenticationProvider.superDigest", Origin: FromProperty, Derived: "none", Secret: true,
			parse: text(func(c *Config) *string { return &c.Auth.SuperDigest }),
			Doc:   "`user:digest` of the digest user whom access control does not bind"},
		{Name: "DigestAuthenticationProvider.digestAlg", Origin: FromProperty, Default: "SHA1",
			parse: digestAlgorithm(func(c *Config) *string { return &c.Auth.DigestAlgorithm }),
			Doc:   "hash of the digest scheme: SHA1, SHA-256, SHA-384, SHA-512, SHA3-256, SHA3-384, SHA3-512 or MD5"},
		{Name: "DigestAuthenticationProvider.enabled", Origin: FromProperty, Default: "true",
			parse: lenient(func(c *Config) *bool { return &c.Auth.DigestEnabled }),
			Doc:   "whether the digest scheme is there"},
		{Name: "X509AuthenticationProvider.superUser", Origin: FromProperty, Derived: "none", Needs: "TLS",
			parse: text(func(c *Config) *string { return &c.Auth.X509SuperUser }),
			Doc:   "subject of the certificate whose holder access control does not bind"},
		{Name: "SASLAuthenticationProvider.superPassword", Origin: FromProperty, Derived: "none", Needs: "SASL", Secret: true,
			parse: text(func(c *Config) *string { return &c.Auth.SASLSuperPassword }),
			Doc:   "password of the SASL user `super`"},
		{Name: "IPAuthenticationProvider.usexforwardedfor", Origin: FromProperty, Default: "false", Needs: "the admin server",
			parse: lenient(func(c *Config) *bool { return &c.Auth.IPForwardedFor }),
			Doc:   "the admin server takes the address of its caller from X-Forwarded-For"},
		{Name: "authProvider.*", Origin: FromProperty, Derived: "none",
			parse: authProvider,
			Doc:   "further authentication scheme: a Java class name of Apache's or a scheme registered here"},
		{Name: "allowSaslFailedClients", Origin: FromProperty, Default: "false", Needs: "SASL",
			parse: lenient(func(c *Config) *bool { return &c.Auth.AllowFailedSASL }),
			Doc:   "a client whose SASL authentication failed stays connected"},
		{Name: "sessionRequireClientSASLAuth", Origin: FromProperty, Default: "false", Needs: "SASL",
			parse: lenient(func(c *Config) *bool { return &c.Auth.RequireSASL }),
			Doc:   "refuse sessions without SASL authentication"},
		{Name: "enforce.auth.enabled", Origin: FromProperty, Default: "false",
			parse: lenient(func(c *Config) *bool { return &c.Auth.Enforce }),
			Doc:   "refuse requests of clients that have not authenticated with one of enforce.auth.schemes"},
		{Name: "enforce.auth.schemes", Origin: FromProperty, Derived: "none",
			parse: list(func(c *Config) *[]string { return &c.Auth.EnforceSchemes }),
			Doc:   "schemes that enforce.auth.enabled accepts, separated by commas"},
		{Name: "letAnySaslUserDoX", Origin: FromProperty, Derived: "none", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Auth.AnySASLUserDoes }),
			Doc:   "a permission that every SASL user has"},
		{Name: "ensembleAuthName", Origin: FromProperty, Derived: "none",
			parse: text(func(c *Config) *string { return &c.Auth.EnsembleName }),
			Doc:   "names of this ensemble, separated by commas, that clients may send with scheme `ensemble` to be sure where they are"},
		{Name: "java.security.auth.login.config", Origin: FromBareProperty, Derived: "none", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Auth.JAASFile }),
			Doc:   "JAAS file with the sections Server, QuorumServer and QuorumLearner"},
		{Name: "sasl.serverconfig", Origin: FromProperty, Default: "Server", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Auth.SASLSection }),
			Doc:   "section of the JAAS file for the client port"},
		{Name: "kerberos.removeHostFromPrincipal", Origin: FromProperty, Default: "false", Needs: "SASL",
			parse: lenient(func(c *Config) *bool { return &c.Auth.KerberosRemoveHost }),
			Doc:   "leave the host part out of a Kerberos user name"},
		{Name: "kerberos.removeRealmFromPrincipal", Origin: FromProperty, Default: "false", Needs: "SASL",
			parse: lenient(func(c *Config) *bool { return &c.Auth.KerberosRemoveRealm }),
			Doc:   "leave the realm out of a Kerberos user name"},
		{Name: "kerberos.canonicalizeHostNames", Origin: FromProperty, Default: "false", Needs: "SASL",
			parse: lenient(func(c *Config) *bool { return &c.Auth.KerberosCanonicalize }),
			Doc:   "use canonical host names in Kerberos principals"},
		{Name: "security.auth_to_local", Origin: FromProperty, Default: "DEFAULT", Needs: "SASL",
			parse: text(func(c *Config) *string { return &c.Auth.AuthToLocal }),
			Doc:   "rules that turn Kerberos principals into user names"},
	}
}
