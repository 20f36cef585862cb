package tree

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

var rewrite = flag.Bool("rewrite", false, "write what the scenes really show into testdata/scenes")

// The scenes of testdata/scenes are steps, each a line (indented lines are the parts of a multi),
// then "----" and what must be seen, then an empty line. A write is one transaction: its zxid is
// one larger than the last unless zxid=N says another, its time is 1000 times the zxid.
func TestScenes(t *testing.T) {
	files, err := filepath.Glob("testdata/scenes/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			shown := playScene(t, string(text))
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(shown), 0o644))
			}
			require.Equal(t, string(text), shown)
		})
	}
}

func playScene(t *testing.T, text string) string {
	sc := &scene{t: t, tree: New(Options{ExtendedTypes: true, Digest: true})}
	var out strings.Builder
	for block := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n\n") {
		input, _, hasOutput := strings.Cut(block, "\n----")
		out.WriteString(input)
		if lines := commandLines(input); len(lines) > 0 {
			require.True(t, hasOutput || *rewrite, "a step without ----: %s", input)
			out.WriteString("\n----\n" + sc.play(lines))
			check(t, sc.tree)
		}
		out.WriteString("\n\n")
	}
	return strings.TrimRight(out.String(), "\n") + "\n"
}

func commandLines(input string) []string {
	lines := strings.Split(input, "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" || strings.HasPrefix(l, "#") })
}

type scene struct {
	t    *testing.T
	tree *Tree
	seen []string
}

func (sc *scene) Fire(typ proto.EventType, path string, acl []data.ACL) {
	sc.seen = append(sc.seen, fmt.Sprintf("fired %v %s for %s", typ, path, aclText(acl)))
}

// step is a parsed line: command, plain words, key=value words.
type line struct {
	command string
	words   []string
	options map[string]string
}

func parseLine(text string) line {
	l := line{options: map[string]string{}}
	for i, w := range strings.Fields(text) {
		key, value, isOption := strings.Cut(w, "=")
		switch {
		case i == 0:
			l.command = w
		case isOption:
			l.options[key] = value
		default:
			l.words = append(l.words, w)
		}
	}
	return l
}

func (l line) number(key string, otherwise int64) int64 {
	text, ok := l.options[key]
	if !ok {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (l line) has(word string) bool { return slices.Contains(l.words, word) }

// data of data=text; null without it. A "~" stands for an equals sign.
func (l line) data() []byte {
	text, ok := l.options["data"]
	if !ok {
		return nil
	}
	return []byte(strings.ReplaceAll(text, "~", "="))
}

func (l line) acl() []data.ACL {
	switch text := l.options["acl"]; text {
	case "":
		return openACL()
	case "null":
		return nil
	default:
		perms, id, _ := strings.Cut(text, ":")
		return []data.ACL{{Perms: int32(len(perms)), ID: data.ID{Scheme: "digest", ID: id}}}
	}
}

func aclText(acl []data.ACL) string {
	if slices.Equal(acl, openACL()) {
		return "anyone"
	}
	var s []string
	for _, a := range acl {
		s = append(s, fmt.Sprintf("%d:%s:%s", a.Perms, a.ID.Scheme, a.ID.ID))
	}
	return strings.Join(s, ",")
}

// transaction makes the record of a line; nil if it is not a write.
func transaction(l line) (int32, jute.Record) {
	first := ""
	if len(l.words) > 0 {
		first = l.words[0]
	}
	version := int32(l.number("version", 1))
	parent := int32(l.number("cversion", -1))
	switch l.command {
	case "create":
		return int32(proto.OpCreate), &txn.CreateTxn{Path: first, Data: l.data(), ACL: l.acl(), Ephemeral: l.has("ephemeral"), ParentCVersion: parent}
	case "create-ttl":
		return int32(proto.OpCreateTTL), &txn.CreateTTLTxn{Path: first, Data: l.data(), ACL: l.acl(), TTL: l.number("ttl", 1), ParentCVersion: parent}
	case "create-container":
		return int32(proto.OpCreateContainer), &txn.CreateContainerTxn{Path: first, Data: l.data(), ACL: l.acl(), ParentCVersion: parent}
	case "delete":
		return int32(proto.OpDelete), &txn.DeleteTxn{Path: first}
	case "set":
		return int32(proto.OpSetData), &txn.SetDataTxn{Path: first, Data: l.data(), Version: version}
	case "set-acl":
		return int32(proto.OpSetACL), &txn.SetACLTxn{Path: first, ACL: l.acl(), Version: version}
	case "check":
		return int32(proto.OpCheck), &txn.CheckVersionTxn{Path: first, Version: version}
	case "error":
		return int32(proto.OpError), &txn.ErrorTxn{Err: int32(l.number("code", 0))}
	case "open-session":
		return int32(proto.OpCreateSession), &txn.CreateSessionTxn{TimeOut: int32(l.number("timeout", 1000))}
	case "close-session":
		if len(l.words) == 0 {
			return int32(proto.OpCloseSession), nil
		}
		return int32(proto.OpCloseSession), &txn.CloseSessionTxn{Paths2Delete: l.words}
	}
	return 0, nil
}

func (sc *scene) play(lines []string) string {
	sc.seen = nil
	l := parseLine(lines[0])
	typ, record := transaction(l)
	if l.command == "multi" {
		typ = int32(proto.OpMulti)
		m := &txn.MultiTxn{Txns: []txn.Txn{}}
		for _, part := range lines[1:] {
			t, r := transaction(parseLine(part))
			m.Txns = append(m.Txns, txn.Txn{Type: t, Data: r.Append(nil)})
		}
		record = m
	}
	if typ == 0 {
		sc.look(l)
		return cmp.Or(strings.Join(sc.seen, "\n"), "nothing")
	}
	zxid := l.number("zxid", sc.tree.LastZxid()+1)
	x := Txn{
		Header: txn.TxnHeader{ClientID: l.number("session", 1), Zxid: zxid, Time: 1000 * zxid, Type: typ},
		Record: record,
	}
	entry := x.Append(nil)
	decoded, err := DecodeTxn(entry)
	require.NoError(sc.t, err)
	r := sc.tree.Apply(&decoded, sc)
	for i := range entry {
		entry[i] = 0xff // nothing of the tree may alias what it was given
	}
	answer := []string{fmt.Sprintf("%s zxid=%d", r.Err.String(), zxid)}
	if r.Stat != (data.Stat{}) {
		answer[0] += " " + statText(r.Stat)
	}
	for i, o := range r.Multi {
		answer = append(answer, fmt.Sprintf("%d: %v %s", i, o.Op, o.Err.String()))
	}
	return strings.Join(append(answer, sc.seen...), "\n")
}

func statText(s data.Stat) string {
	return fmt.Sprintf("czxid=%d mzxid=%d pzxid=%d ctime=%d mtime=%d version=%d cversion=%d aversion=%d owner=0x%x length=%d children=%d",
		s.Czxid, s.Mzxid, s.Pzxid, s.Ctime, s.Mtime, s.Version, s.Cversion, s.Aversion, uint64(s.EphemeralOwner), s.DataLength, s.NumChildren)
}

func (sc *scene) say(format string, args ...any) {
	sc.seen = append(sc.seen, fmt.Sprintf(format, args...))
}

// look shows something of the tree.
func (sc *scene) look(l line) {
	tr := sc.tree
	switch l.command {
	case "get":
		n := tr.Lookup(l.words[0])
		if n == nil {
			sc.say("no node")
			return
		}
		var s data.Stat
		n.FillStat(&s)
		content := "null"
		if n.Data() != nil {
			content = strconv.Quote(string(n.Data()))
		}
		sc.say("%s for %s, stored cversion %d, stored owner 0x%x\n%s", content, aclText(tr.ACL(n)), n.Persisted().Cversion, uint64(n.EphemeralOwner()), statText(s))
	case "children":
		tr.EachChild(tr.Lookup(l.words[0]), func(name string) { sc.say("%s", name) })
		slices.Sort(sc.seen)
	case "all-children":
		sc.say("%d", tr.AllChildrenNumber(l.words[0]))
	case "tree":
		tr.eachNode(tr.root, func(n *Node) {
			if !strings.HasPrefix(n.path(), zookeeperPath) {
				sc.say("%s %q", n.Path(), n.Data())
			}
		})
		slices.Sort(sc.seen)
	case "sessions":
		tr.EachSession(func(id int64, timeout int32) { sc.say("0x%x %d ms: %v", id, timeout, sorted(tr.Ephemerals(id))) })
		slices.Sort(sc.seen)
	case "ephemerals":
		for id, paths := range tr.EphemeralSessions() {
			sc.say("0x%x: %s", uint64(id), strings.Join(sorted(paths), " "))
		}
		slices.Sort(sc.seen)
	case "drop-orphans":
		sc.say("%d sessions", tr.DropOrphans())
	case "expirable":
		sc.seen = sorted(tr.Expirable(l.number("now", 0), l.number("never-used", 0)))
	case "quota":
		hard, soft := tr.QuotaExceeded(l.words[0], l.number("count", 0), l.number("bytes", 0))
		sc.say("hard=%v soft=%v", hard, soft)
	case "quotas":
		tr.EachQuota(func(path string, limits, used Quota) { sc.say("%s limits %+v used %+v", path, limits, used) })
		slices.Sort(sc.seen)
	default:
		require.Fail(sc.t, "unknown command "+l.command)
	}
}
