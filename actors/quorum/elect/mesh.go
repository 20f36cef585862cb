package elect

import (
	"net"
	"slices"

	"github.com/rs/zerolog"

	"troupe/config"
	"troupe/election/peers"
	"troupe/election/quorum"
)

// Mesh opens real connections to peers.
func Mesh(o peers.Options) Opener {
	return func(heard func(int64, []byte), failed func(error)) (Ballots, error) {
		o.Heard, o.Failed = heard, func(err error) { failed(&PortError{err}) }
		return peers.Open(o), nil
	}
}

// PortError tells that the election port could not be bound as often as was allowed.
type PortError struct{ Err error }

func (e *PortError) Error() string {
	return e.Err.Error() + ": end the program that has it, or correct the line of this server"
}

func (e *PortError) Unwrap() error { return e.Err }

// ExitCode is Apache's for it (ExitCode.UNABLE_TO_BIND_QUORUM_PORT).
func (e *PortError) ExitCode() int { return 14 }

// MeshOptions are what zoo.cfg says about the connections of this server to its peers.
func MeshOptions(cfg *config.Config, self quorum.Server, members *quorum.Config, log zerolog.Logger) peers.Options {
	e := cfg.Ensemble
	return peers.Options{
		ID: self.ID, Announce: self.ElectionAddresses(), Listen: ListenAt(self.ElectionAddresses(), e.ListenOnAllIPs), MultiAddress: e.MultiAddress,
		Committed: members, Network: peers.TCP{KeepAlive: e.KeepAlive},
		ConnectTimeout: e.ConnectTimeout, HandshakeTimeout: e.HandshakeTimeout, BindRetries: e.BindRetries, Attempts: e.ConnThreads,
		Report: func(event peers.Event) { report(log, event) },
	}
}

// ListenAt are the addresses to bind for a member's own host:port: those, or with quorumListenOnAllIPs their ports on
// all addresses.
func ListenAt(own []string, everywhere bool) []string {
	if !everywhere {
		return own
	}
	var all []string
	for _, address := range own {
		if _, port, err := net.SplitHostPort(address); err == nil && !slices.Contains(all, ":"+port) {
			all = append(all, ":"+port)
		}
	}
	return all
}

// report logs what happens to connections: while a peer is down, which every attempt to reach it tells, at level debug.
func report(log zerolog.Logger, e peers.Event) {
	event := log.Debug()
	if !e.Known {
		event = log.Warn() // somebody who is no server
	} else {
		event.Int64("peer", e.Peer)
	}
	event.Str("at", e.Remote).Err(e.Err).Msg("election connection")
}
