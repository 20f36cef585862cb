//go:build interop

package differential

import (
	"regexp"
	"strings"
)

// difference is a place where Troupe is wanted to answer otherwise than Apache ZooKeeper 3.8.0: one line of
// the one beside the line of the other.
type difference struct {
	name   string
	reason string
	fits   func(apache, target string) bool
}

// known is the whole list of wanted differences that a script can meet. Beside it stand only these:
//   - requests that kill or wedge Apache 3.8.0, which no script sends to it (faults_test.go);
//   - one-shot, persistent and recursive watches of one session on one path, and the removal of a watch by its
//     type, where Troupe follows 3.9 (modes_test.go; ZOOKEEPER-4466);
//   - a multi with a null path, for which 3.8.0 uses up a zxid and logs nothing: a hole in the log, and old zxids in
//     replies until the next write. Troupe logs it as any other request that fails, and reads logs with such holes;
//   - watches of a null path, where Apache fails or not by what it has met before;
//   - IPv6 addresses in ACLs (3.9.4) and quotas with an empty number, left out where the scripts say so.
func known() []difference {
	return []difference{
		{
			name: "a body behind the error of a multi",
			reason: "when a multi or multiRead fails as a whole, 3.8.0 sends what it had of the result behind the header with " +
				"the error; the protocol has no body there, and no client reads one",
			fits: func(apache, target string) bool {
				return regexp.MustCompile(` multi(Read)? .* err=-\d+ body=[0-9a-f]+$`).MatchString(apache) && apache[:strings.LastIndex(apache, " body=")] == target
			},
		},
		{
			name: "a multi with a null path is an error transaction",
			reason: "3.8.0 uses up a zxid for it and logs nothing, which leaves a hole in the log and an old zxid in the reply; " +
				"here it is logged as any other request that fails",
			fits: func(apache, target string) bool {
				zxid := regexp.MustCompile(`zxid=\+\d+`)
				head, ok := strings.CutSuffix(apache, " err=-5 body=ffffffff01ffffffff")
				return ok && strings.Contains(head, " multi ") && zxid.ReplaceAllString(head, "")+" err=-5" == zxid.ReplaceAllString(target, "")
			},
		},
		{
			name: "checkWatches answers for the caller",
			reason: "3.8.0 says that there is a watch when any session has one; 3.9 and Troupe look at the caller's own, " +
				"which is what the request asks",
			fits: func(apache, target string) bool {
				head, ok := strings.CutSuffix(apache, " err=0")
				return ok && strings.Contains(head, " checkWatches ") && head+" err=-121" == target
			},
		},
	}
}

// explain names the known differences that cover all that differs in what a step showed, or says that they
// do not.
func explain(apache, target []string) (names []string, all bool) {
	if len(apache) != len(target) {
		return nil, false
	}
	for i := range apache {
		if apache[i] == target[i] {
			continue
		}
		name := ""
		for _, d := range known() {
			if d.fits(apache[i], target[i]) {
				name = d.name
			}
		}
		if name == "" {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
}
