package acl

import (
	"strings"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
)

// Fixup turns the ACL of a create or setACL request into the one that is stored, or says why not:
//
//   - entries that occur twice are dropped, the first stays
//   - a null or empty list, an unknown scheme, and an id that its scheme does not accept are InvalidACL
//   - a null id of a scheme that looks at ids is a MarshallingError, as Apache answers it
//   - "auth" becomes one entry for each identity that proves who the client is; without one it is InvalidACL
//
// The result may be list itself, and shares its strings.
func (r *Registry) Fixup(list []data.ACL, ids []data.ID) ([]data.ACL, proto.Code) {
	if len(list) == 0 {
		return nil, proto.InvalidACL
	}
	list = withoutDuplicates(list)
	for i := range list {
		if list[i].ID.Scheme == SchemeAuth {
			return r.expand(list, ids)
		}
		if code := r.judge(&list[i].ID); code != proto.Ok {
			return nil, code
		}
	}
	return list, proto.Ok
}

// expand is Fixup of a list that holds an "auth" entry.
func (r *Registry) expand(list []data.ACL, ids []data.ID) ([]data.ACL, proto.Code) {
	out := make([]data.ACL, 0, len(list)+len(ids))
	for i := range list {
		if list[i].ID.Scheme != SchemeAuth {
			if code := r.judge(&list[i].ID); code != proto.Ok {
				return nil, code
			}
			out = append(out, list[i])
			continue
		}
		before := len(out)
		for _, id := range ids {
			if p, ok := r.providers[id.Scheme]; ok && p.IsAuthenticated() {
				out = append(out, data.ACL{Perms: list[i].Perms, ID: id})
			}
		}
		if len(out) == before {
			return nil, proto.InvalidACL
		}
	}
	return out, proto.Ok
}

// judge says whether an id may stand in an ACL.
func (r *Registry) judge(id *data.ID) proto.Code {
	if id.Scheme == SchemeWorld && id.ID == Anyone {
		return proto.Ok
	}
	p, ok := r.providers[id.Scheme]
	switch {
	case id.ID == jute.Null && (ok || id.Scheme == SchemeWorld):
		return proto.MarshallingError
	case !ok || !p.Valid(id.ID):
		return proto.InvalidACL
	}
	return proto.Ok
}

// manyEntries is the length from which a map finds duplicates faster than comparing each with each. A frame can hold
// tens of thousands of entries.
const manyEntries = 32

// withoutDuplicates returns list itself when each entry occurs once.
func withoutDuplicates(list []data.ACL) []data.ACL {
	var seen map[data.ACL]struct{}
	if len(list) > manyEntries {
		seen = make(map[data.ACL]struct{}, len(list))
	}
	kept := 0 // list[:kept] are the entries to keep, as long as out is nil
	var out []data.ACL
	for i := range list {
		dup := false
		if seen != nil {
			_, dup = seen[list[i]]
			seen[list[i]] = struct{}{}
		} else {
			for j := 0; j < i && !dup; j++ {
				dup = list[j] == list[i]
			}
		}
		switch {
		case dup && out == nil:
			out = append(make([]data.ACL, 0, len(list)), list[:kept]...)
		case !dup && out == nil:
			kept++
		case !dup:
			out = append(out, list[i])
		}
	}
	if out == nil {
		return list
	}
	return out
}

// Masked returns the list as those see it who may not administer the node: of digest ids only the user is shown, as
// user:x. The result is list itself when there is nothing to hide.
func Masked(list []data.ACL) []data.ACL {
	var out []data.ACL
	for i := range list {
		if list[i].ID.Scheme != SchemeDigest {
			continue
		}
		user, _, ok := strings.Cut(list[i].ID.ID, ":")
		if !ok || list[i].ID.ID == jute.Null {
			continue
		}
		if out == nil {
			out = append([]data.ACL(nil), list...)
		}
		out[i].ID.ID = user + ":x"
	}
	if out == nil {
		return list
	}
	return out
}
