package config

import "strings"

// Origin says where Apache ZooKeeper reads a key from. Here every key may stand everywhere.
type Origin uint8

// The origins of a key.
const (
	FromFile         Origin = iota // zoo.cfg only
	FromProperty                   // zoo.cfg, or the Java property zookeeper.NAME
	FromBareProperty               // the Java property NAME, which Apache does not take from zoo.cfg
	Own                            // nowhere: the key is Troupe's own
)

// Key is one row of the table of keys.
type Key struct {
	Name    string   // as in zoo.cfg; a final * is the variable part, as in server.*
	Aliases []string // further names, beside zookeeper.NAME
	Origin  Origin   // where Apache reads it from
	Default string   // the value when it is not set; empty: the zero value of its field
	Derived string   // the default in words, where it depends on something else
	Unit    string   // unit of the written value
	Needs   string   // the feature that it configures, while that is not there; empty: the key has an effect
	Inert   string   // why it has no meaning here; empty: it has one
	Secret  bool     // a password: never shown
	Doc     string   // what it is for

	parse parseFunc
}

// Property is the Java system property that stands for the key, or "" if there is none.
func (k Key) Property() string {
	switch k.Origin {
	case FromProperty:
		return "zookeeper." + k.Label()
	case FromBareProperty:
		return k.Label()
	}
	return ""
}

// Label is the name for people: server.N in place of server.*.
func (k Key) Label() string {
	if stem, ok := strings.CutSuffix(k.Name, "*"); ok {
		return stem + "N"
	}
	return k.Name
}

// Usual is the default for people: its derivation if it has one.
func (k Key) Usual() string {
	switch {
	case k.Derived != "":
		return k.Derived
	case k.Default != "":
		return k.Default
	}
	return "empty"
}

// Keys returns the table of keys: every key that Apache ZooKeeper 3.8 and 3.9 know, and our own.
func Keys() []Key {
	var all []Key
	for _, part := range [][]Key{
		dataKeys(), clientKeys(), sessionKeys(), treeKeys(), authKeys(), limitsKeys(),
		pipelineKeys(), ensembleKeys(), tlsKeys(), operatorKeys(), inertKeys(),
	} {
		all = append(all, part...)
	}
	return all
}

// table finds keys by any of their names.
type table struct {
	exact    map[string]Key
	variable []Key // names that end in *, the longest first would win; no two of them overlap
}

func newTable() table {
	t := table{exact: map[string]Key{}}
	for _, k := range Keys() {
		if strings.HasSuffix(k.Name, "*") {
			t.variable = append(t.variable, k)
			continue
		}
		t.exact[k.Name] = k
		for _, alias := range k.Aliases {
			t.exact[alias] = k
		}
	}
	return t
}

// find looks a name up as it is written, with or without the prefixes of the command line (-D) and of Java's
// properties (zookeeper.). suffix is the variable part of the name.
func (t table) find(name string) (k Key, suffix string, ok bool) {
	name = strings.TrimPrefix(name, "-D")
	for {
		if k, ok = t.exact[name]; ok {
			return k, "", true
		}
		for _, k = range t.variable {
			if suffix, ok = strings.CutPrefix(name, strings.TrimSuffix(k.Name, "*")); ok && suffix != "" {
				return k, suffix, true
			}
		}
		bare, prefixed := strings.CutPrefix(name, "zookeeper.")
		if !prefixed {
			return Key{}, "", false
		}
		name = bare
	}
}

// nearest returns the known key that an unknown one was probably meant to be, or "".
func (t table) nearest(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "-D"), "zookeeper.")
	best, least := "", len(name)/3+1
	for _, k := range Keys() {
		for _, known := range append([]string{k.Name}, k.Aliases...) {
			known = strings.TrimSuffix(known, "*")
			d := distance(strings.ToLower(name), strings.ToLower(known))
			if d < least {
				best, least = k.Label(), d
			}
		}
	}
	return best
}

// distance counts the letters that must be put in, taken out, exchanged or swapped with their neighbour to
// make one name of the other.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
