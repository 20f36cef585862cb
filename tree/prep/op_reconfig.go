package prep

import (
	"troupe/jute"
	"troupe/jute/proto"
)

// opReconfig refuses, as a server without an ensemble does. The body is decoded before anything else: in Apache 3.8.0
// one that cannot be decoded leaves no transaction, and the members wait for it for ever.
func (p *Preparer) opReconfig(r *Request) (jute.Record, proto.Code) {
	d, q := jute.NewDecoder(r.Body), proto.ReconfigRequest{}
	if q.Decode(&d); d.Err() != nil {
		p.unlogged = true
		return nil, proto.MarshallingError
	}
	if !p.options.ReconfigEnabled {
		return nil, proto.ReconfigDisabled
	}
	if code := p.checkSession(r); code != proto.Ok {
		return nil, code
	}
	return nil, proto.Unimplemented
}
