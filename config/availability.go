package config

// Unavailable returns, as Faults, what a valid configuration asks for and this server does not have. A key that
// is merely without effect is a Notice; here is what must not be passed over in silence, since the server would
// be open where it was meant to be closed, or closed where it was meant to be open.
func (c *Config) Unavailable() error {
	var faults Faults
	missing := func(wanted bool, key, problem, remedy string) {
		if wanted {
			faults = append(faults, c.fault(key, problem, remedy))
		}
	}
	missing(c.Client.SecurePort != -1, "secureClientPort", "asks for TLS, which this version of Troupe does not have yet",
		"leave it out, and put a TLS proxy in front")
	missing(c.Client.PortUnification, "client.portUnification", "asks for TLS, which this version of Troupe does not have yet",
		"leave it out")
	missing(c.Auth.RequireSASL, "sessionRequireClientSASLAuth", "asks for SASL, which this version of Troupe does not have yet: no client could open a session",
		"leave it out if sessions without SASL may be let in")
	if c.Ensemble.Distributed() {
		missing(c.TLS.Quorum, "sslQuorum", "asks for TLS between the servers, which this version of Troupe does not have yet",
			"leave it out on all servers, and keep their ports in a network of their own")
		missing(c.TLS.QuorumPortUnification, "portUnification", "asks for TLS between the servers, which this version of Troupe does not have yet",
			"leave it out once all servers talk without TLS")
		missing(c.Ensemble.SASL, "quorum.auth.enableSasl", "asks for SASL between the servers, which this version of Troupe does not have yet",
			"leave it out on all servers, and keep their ports in a network of their own")
		missing(c.Ensemble.OraclePath != "", "oraclePath", "asks for an oracle, which this version of Troupe does not have: one of two servers would not go on alone",
			"leave it out, or make it three servers")
	}
	return faults.err()
}
