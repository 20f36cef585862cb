//go:build interop

package differential

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"troupe/interop/wire"
)

// canon turns what a server said into text that is equal for servers that behave alike: zxids are counted
// from the script's start, sessions are named by slot, times are only checked to be of now, and lists
// without an order are sorted.
type canon struct {
	base     int64
	start    int64 // Unix milliseconds
	sessions map[int64]string
}

func newCanon(base int64) *canon {
	return &canon{base: base, start: time.Now().UnixMilli(), sessions: map[int64]string{}}
}

// learn names a session; one that is known keeps its name.
func (c *canon) learn(who int, id int64) {
	if _, ok := c.sessions[id]; !ok {
		c.sessions[id] = fmt.Sprintf("S%d.%d", who, len(c.sessions))
	}
}

func (c *canon) zxid(v int64) string {
	switch {
	case v <= 0:
		return fmt.Sprint(v)
	case v <= c.base:
		return "old"
	}
	return fmt.Sprintf("+%d", v-c.base)
}

// time only tells a time of these minutes from others: the two servers are not played to in step.
func (c *canon) time(v int64) string {
	const hour = 3600 * 1000
	switch {
	case v == 0:
		return "0"
	case v > c.start-hour && v < time.Now().UnixMilli()+hour:
		return "now"
	}
	return fmt.Sprint(v)
}

func (c *canon) session(id int64) string {
	if id == 0 {
		return "0"
	}
	if name, ok := c.sessions[id]; ok {
		return name
	}
	return fmt.Sprintf("unknown session, top byte %#x", uint64(id)>>56)
}

// message gives the canonical line of m. ops tells the operation that a reply belongs to.
func (c *canon) message(m wire.Message, ops map[int32]int32, asked int64) string {
	switch m.Kind {
	case wire.Closed:
		return "closed"
	case wire.Event:
		return fmt.Sprintf("event %s state=%d path=%q zxid=%s err=%d", wire.EventName(m.Type), m.State, m.Path,
			c.zxid(m.Zxid), m.Err)
	case wire.Handshake:
		return c.welcome(m.Body, asked)
	}
	op, known := ops[m.Xid]
	head := fmt.Sprintf("reply #%d %s zxid=%s err=%d", m.Xid, wire.OpName(op), c.zxid(m.Zxid), m.Err)
	if !known {
		head = fmt.Sprintf("reply #%d to nothing sent, zxid=%s err=%d", m.Xid, c.zxid(m.Zxid), m.Err)
	}
	if m.Err != wire.CodeOK || !known {
		if len(m.Body) > 0 {
			head += fmt.Sprintf(" body=%x", m.Body)
		}
		return head
	}
	fields, err := wire.Fields(op, m.Body)
	for _, f := range fields {
		head += " " + f.Name + "=" + c.value(f)
	}
	if err != nil {
		head += " UNREADABLE " + err.Error()
	}
	return head
}

// welcome checks the password by its rule and says whether the session is the one asked for.
func (c *canon) welcome(frame []byte, asked int64) string {
	w, err := wire.ParseWelcome(frame)
	if err != nil {
		return fmt.Sprintf("unreadable handshake %x", frame)
	}
	pass := "wrong"
	switch {
	case slices.Equal(w.Password, wire.Password(w.Session)):
		pass = "by rule"
	case slices.Equal(w.Password, make([]byte, 16)):
		pass = "zero"
	}
	id := "new"
	switch {
	case w.Session == 0:
		id = "0"
	case w.Session == asked:
		id = "as asked"
	case uint64(w.Session)>>56 != 1:
		id = fmt.Sprintf("of member %d", uint64(w.Session)>>56)
	}
	return fmt.Sprintf("welcome protocol=%d timeout=%d session=%s password=%s readOnly=%s", w.Protocol, w.Timeout, id, pass,
		flag(w.ReadOnly))
}

func (c *canon) value(f wire.Field) string {
	name := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
	switch v := f.Value.(type) {
	case int64:
		switch name {
		case "czxid", "mzxid", "pzxid":
			return c.zxid(v)
		case "ctime", "mtime":
			return c.time(v)
		case "ephemeralOwner":
			return c.session(v)
		}
	case []string:
		sorted := slices.Sorted(slices.Values(v))
		return fmt.Sprintf("%q", sorted)
	case []wire.ACL:
		return c.acl(v)
	case []byte:
		if v == nil {
			return "null"
		}
		return fmt.Sprintf("%q", v)
	case string:
		if v == wire.Null {
			return "null"
		}
		return fmt.Sprintf("%q", v)
	}
	return fmt.Sprint(f.Value)
}

// acl keeps the order of entries but for neighbours with the same rights and scheme: those come from the
// unordered set of a connection's ids.
func (c *canon) acl(v []wire.ACL) string {
	v = slices.Clone(v)
	for i := 0; i < len(v); {
		j := i
		for j < len(v) && v[j].Perms == v[i].Perms && v[j].Scheme == v[i].Scheme {
			j++
		}
		slices.SortFunc(v[i:j], func(a, b wire.ACL) int { return strings.Compare(a.ID, b.ID) })
		i = j
	}
	return fmt.Sprint(v)
}

func (c *canon) node(n wire.Node) string {
	d := wire.Enc{}.Buf(n.Data)
	s := n.Stat
	d = d.Long(s.Czxid).Long(s.Mzxid).Long(s.Ctime).Long(s.Mtime).Int(s.Version).Int(s.Cversion).Int(s.Aversion)
	d = d.Long(s.EphemeralOwner).Int(s.DataLength).Int(s.NumChildren).Long(s.Pzxid)
	line := fmt.Sprintf("%q acl=%s", n.Path, c.acl(n.ACL))
	fields, _ := wire.Fields(wire.OpGetData, d)
	for _, f := range fields {
		line += " " + f.Name + "=" + c.value(f)
	}
	return line
}
