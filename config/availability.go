package config

// Unavailable returns, as Faults, what a valid configuration asks for and this server does not have. A key that
// is merely without effect is a Notice; here is what must not be passed over in silence, since the server would
// stand alone where an ensemble was meant, or be open where it was meant to be closed.
func (c *Config) Unavailable() error {
	var faults Faults
	missing := func(wanted bool, key, problem, remedy string) {
		if wanted {
			faults = append(faults, c.fault(key, problem, remedy))
		}
	}
	if c.Ensemble.Distributed() {
		key := "standaloneEnabled"
		if len(c.Ensemble.Servers) > 0 {
			key = "server." + itoa(c.Ensemble.Servers[0].ID)
		}
		if c.Ensemble.DynamicFile != "" {
			key = "dynamicConfigFile"
		}
		missing(true, key, "makes this server the member of an ensemble, and this version of Troupe does not have ensembles yet",
			"leave the server lines out to run it alone")
	}
	missing(c.Client.SecurePort != -1, "secureClientPort", "asks for TLS, which this version of Troupe does not have yet",
		"leave it out, and put a TLS proxy in front")
	missing(c.Client.PortUnification, "client.portUnification", "asks for TLS, which this version of Troupe does not have yet",
		"leave it out")
	missing(c.Auth.RequireSASL, "sessionRequireClientSASLAuth", "asks for SASL, which this version of Troupe does not have yet: no client could open a session",
		"leave it out if sessions without SASL may be let in")
	return faults.err()
}
