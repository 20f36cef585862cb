package acl

import (
	"troupe/jute/data"
)

// Check reports whether a client with the identities ids may do one of the things in perm (bits of proto.PermRead and
// so on) where the ACL is list. An empty list is open. It allocates nothing as long as providers do not.
func (r *Registry) Check(list []data.ACL, perm int32, ids []data.ID) bool {
	if len(list) == 0 || r.options.SkipACL {
		return true
	}
	for i := range list {
		e := &list[i]
		if e.Perms&perm != 0 && e.ID.ID == Anyone && e.ID.Scheme == SchemeWorld {
			return true
		}
	}
	if IsSuper(ids) {
		return true
	}
	for i := range list {
		if e := &list[i]; e.Perms&perm != 0 && r.matchesAny(&e.ID, ids) {
			return true
		}
	}
	return false
}

// matchesAny reports whether one of the identities is what an ACL entry means.
func (r *Registry) matchesAny(entry *data.ID, ids []data.ID) bool {
	var p Provider
	for i := range ids {
		if ids[i].Scheme != entry.Scheme {
			continue
		}
		if p == nil {
			var ok bool
			if p, ok = r.providers[entry.Scheme]; !ok {
				return false
			}
		}
		if p.Matches(ids[i].ID, entry.ID) {
			return true
		}
	}
	return false
}

// IsSuper reports whether the superuser is among the identities.
func IsSuper(ids []data.ID) bool {
	for i := range ids {
		if ids[i].Scheme == SchemeSuper {
			return true
		}
	}
	return false
}
