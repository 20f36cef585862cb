package peer

import (
	"errors"
	"fmt"
	"strings"
)

// Parse reads a list of what is to be compared: apache, etcd, floor, troupe (which is self, this
// binary), LABEL=apache for Apache under another name, or LABEL=PATH for another build of troupe.
func Parse(names []string, self string) ([]Kind, error) {
	var kinds []Kind
	seen := map[string]bool{}
	for _, name := range names {
		label, path, other := strings.Cut(name, "=")
		switch {
		case other && label != "" && path == "apache":
			kinds = append(kinds, Apache{Label: label})
		case other && label != "" && path != "":
			kinds = append(kinds, Troupe{Label: label, Binary: path})
		case name == "apache":
			kinds = append(kinds, Apache{Label: name})
		case name == "etcd":
			kinds = append(kinds, Etcd{})
		case name == "floor":
			kinds = append(kinds, Echo{Binary: self})
		case name == "troupe":
			kinds = append(kinds, Troupe{Label: name, Binary: self})
		default:
			return nil, fmt.Errorf("peer: %q is none of apache, troupe, etcd, floor, LABEL=PATH", name)
		}
		if seen[label] {
			return nil, fmt.Errorf("peer: %q twice: results are told apart by it", label)
		}
		seen[label] = true
	}
	if len(kinds) == 0 {
		return nil, errors.New("peer: nothing to measure")
	}
	return kinds, nil
}
