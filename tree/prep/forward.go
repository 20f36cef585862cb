package prep

import (
	"troupe/jute"
	"troupe/jute/proto"
)

// Forward is what a learner sends to its leader for a client's write. The leader may be Apache's, so what would harm it,
// or what it would leave without a transaction, for which the learner would wait for ever, is not sent: it is answered
// with the code, which is what a leader of ours finds too. A lone check is sent as a multi of one (ZOOKEEPER-2623): its
// answer is then that of the part.
func Forward(op proto.Op, body []byte) (proto.Op, []byte, proto.Code) {
	d := jute.NewDecoder(body)
	code := proto.Ok
	switch op {
	case proto.OpReconfig:
		var q proto.ReconfigRequest
		if q.Decode(&d); d.Err() != nil {
			code = proto.MarshallingError
		}
	case proto.OpCheck:
		return forwardCheck(body)
	case proto.OpMulti:
		code = forwardMulti(body)
	case proto.OpCreate, proto.OpCreate2, proto.OpCreateContainer:
		var q proto.CreateRequest
		if q.Decode(&d); d.Err() == nil && killsApache(op, q.Path, q.Flags) {
			code = proto.BadArguments
		}
	case proto.OpCreateTTL:
		var q proto.CreateTTLRequest
		if q.Decode(&d); d.Err() == nil && (!proto.CreateMode(q.Flags).TTL() || killsApache(op, q.Path, q.Flags)) {
			code = proto.BadArguments
		}
	case proto.OpDelete:
		var q proto.DeleteRequest
		if q.Decode(&d); d.Err() == nil && killsApache(op, q.Path, 0) {
			code = proto.BadArguments
		}
	case proto.OpDeleteContainer: // leaders only do so
		code = proto.BadArguments
	}
	return op, body, code
}

// forwardCheck makes a multi of a check. A null path, which Apache has no answer to in a multi, is refused here.
func forwardCheck(body []byte) (proto.Op, []byte, proto.Code) {
	d, q := jute.NewDecoder(body), proto.CheckVersionRequest{}
	switch q.Decode(&d); {
	case d.Err() != nil:
		return proto.OpCheck, body, proto.MarshallingError
	case q.Path == jute.Null:
		return proto.OpCheck, body, proto.BadArguments
	}
	return proto.OpMulti, proto.AppendMultiEnd(proto.AppendMultiOp(nil, proto.OpCheck, &q)), proto.Ok
}

func forwardMulti(body []byte) proto.Code {
	var s scratch
	if _, ok := s.countParts(body); !ok {
		return proto.MarshallingError
	}
	for m := proto.NewMultiReader(body); m.Next(); {
		kind, _ := s.decodePart(&m)
		path, flags := s.creation.path, s.creation.flags
		switch kind {
		case proto.OpDelete:
			path, flags = s.delete.Path, 0
		case proto.OpSetData, proto.OpCheck:
			continue
		}
		if killsApache(kind, path, flags) {
			return proto.BadArguments
		}
	}
	return proto.Ok
}

// killsApache names what a server of Apache's dies of when it applies it.
func killsApache(op proto.Op, path string, flags int32) bool {
	if op == proto.OpDelete {
		return killsWhenDeleted(path)
	}
	mode := proto.CreateMode(flags)
	return !mode.Sequential() && (killsWhenCreated(path) || mode.Ephemeral() && killsWhenDeleted(path))
}

// CreatesEphemeral tells whether a request makes an ephemeral, for which a local session must first become one of the
// ensemble. As in Apache only create and create2 count, alone or as parts of a multi; not what cannot be decoded, and not
// what comes behind flags that do not exist.
func CreatesEphemeral(op proto.Op, body []byte) bool {
	var q proto.CreateRequest
	switch op {
	case proto.OpCreate, proto.OpCreate2:
		d := jute.NewDecoder(body)
		q.Decode(&d)
		return d.Err() == nil && proto.CreateMode(q.Flags).Ephemeral()
	case proto.OpMulti:
		var s scratch
		if _, ok := s.countParts(body); !ok {
			return false
		}
		for m := proto.NewMultiReader(body); m.Next(); {
			s.decodePart(&m)
			if op := m.Op(); op != proto.OpCreate && op != proto.OpCreate2 {
				continue
			}
			switch mode := proto.CreateMode(s.creation.flags); {
			case !mode.Valid():
				return false
			case mode.Ephemeral():
				return true
			}
		}
	}
	return false
}
