package acl

import (
	"errors"
	"slices"

	"troupe/jute/data"
)

// Ensemble keeps clients away that were meant for another ensemble: they send the name of theirs in an auth packet, and
// a wrong one closes the connection. It gives no identity, and no ACL can name it.
type Ensemble struct {
	// Names are those that are accepted. Empty: every name is.
	Names []string
}

// Scheme is "ensemble".
func (Ensemble) Scheme() string { return SchemeEnsemble }

// Authenticate accepts the names of this ensemble.
func (e Ensemble) Authenticate(_ Conn, auth []byte) ([]data.ID, error) {
	if len(e.Names) > 0 && !slices.Contains(e.Names, string(auth)) {
		return nil, errors.New("the client expects another ensemble")
	}
	return nil, nil
}

// Matches is false.
func (Ensemble) Matches(string, string) bool { return false }

// IsAuthenticated is false.
func (Ensemble) IsAuthenticated() bool { return false }

// Valid is false.
func (Ensemble) Valid(string) bool { return false }

// UserName is the id.
func (Ensemble) UserName(id string) string { return id }
