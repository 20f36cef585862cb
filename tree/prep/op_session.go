package prep

import (
	"slices"
	"strings"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// opCreateSession opens a session. The body is the timeout that was negotiated, in milliseconds.
func (p *Preparer) opCreateSession(r *Request) (jute.Record, proto.Code) {
	d := jute.NewDecoder(r.Body)
	timeout := d.Int()
	if d.Err() != nil {
		return nil, proto.MarshallingError
	}
	return &txn.CreateSessionTxn{TimeOut: timeout}, proto.Ok
}

// opCloseSession ends a session: its ephemerals go, and what it sends from now on is refused. It is not asked who sends
// this, since the expiry of sessions does so too.
func (p *Preparer) opCloseSession(r *Request, zxid int64) (jute.Record, proto.Code) {
	paths := p.ephemerals(r.Session)
	for _, path := range paths {
		p.removeEphemeral(path, zxid)
	}
	p.sessions.Closing(r.Session)
	if !p.options.CloseSessionTxn {
		return nil, proto.Ok
	}
	return &txn.CloseSessionTxn{Paths2Delete: paths}, proto.Ok
}

func (p *Preparer) removeEphemeral(path string, zxid int64) {
	var parent, n node
	parentPath, _ := splitPath(path)
	if p.lookup(parentPath, &parent) {
		p.removeChild(parentPath, &parent, zxid)
	}
	p.lookup(path, &n)
	p.remove(path, &n, zxid)
}

// ephemerals lists the nodes that a session will own once all that is outstanding is applied, sorted and never nil.
func (p *Preparer) ephemerals(session int64) []string {
	out := []string{}
	for _, path := range p.tree.Ephemerals(session) {
		if c := p.pending.find(path); c == nil || c.ownedBy(session) {
			out = append(out, path)
		}
	}
	if p.pending.owned[session] > 0 {
		for _, c := range p.pending.queue[p.pending.head:] {
			if c.owner == session && p.pending.find(c.path).ownedBy(session) {
				out = append(out, strings.Clone(c.path)) // of another request, which may be used again before this one is applied
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
