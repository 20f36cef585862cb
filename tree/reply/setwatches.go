package reply

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/tree"
)

// EvaluateSetWatches decides, for a setWatches or setWatches2 of a client that comes back, which of its watches fire at
// once, since what they watch has changed after the last zxid that the client saw, and which are armed again. The events
// go out before the reply, in this order.
//
// If the code is not Ok, the reply is an error, yet events and watches count: Apache handles list after list, so a null
// list, or a null path, only stops what comes behind it.
func EvaluateSetWatches(t *tree.Tree, op proto.Op, body []byte) (events []Event, watches []WatchRequest, code proto.Code) {
	var q proto.SetWatches2
	d := jute.NewDecoder(body)
	if op == proto.OpSetWatches {
		var q1 proto.SetWatches
		q1.Decode(&d)
		q = proto.SetWatches2{RelativeZxid: q1.RelativeZxid, DataWatches: q1.DataWatches, ExistWatches: q1.ExistWatches,
			ChildWatches: q1.ChildWatches, PersistentWatches: []string{}, PersistentRecursiveWatches: []string{}}
	} else {
		q.Decode(&d)
	}
	if d.Err() != nil {
		return nil, nil, proto.MarshallingError
	}
	fire := func(typ proto.EventType, path string) { events = append(events, Event{typ, path}) }
	arm := func(kind WatchKind, path string) { watches = append(watches, WatchRequest{kind, path}) }
	for _, list := range []struct {
		paths []string
		judge func(path string, n *tree.Node)
		null  bool // a null path is passed over
	}{
		{q.DataWatches, func(path string, n *tree.Node) {
			switch {
			case n == nil:
				fire(proto.EventNodeDeleted, path)
			case n.Persisted().Mzxid > q.RelativeZxid:
				fire(proto.EventNodeDataChanged, path)
			default:
				arm(DataWatch, path)
			}
		}, false},
		{q.ExistWatches, func(path string, n *tree.Node) {
			if n != nil {
				fire(proto.EventNodeCreated, path)
			} else {
				arm(DataWatch, path)
			}
		}, false},
		{q.ChildWatches, func(path string, n *tree.Node) {
			switch {
			case n == nil:
				fire(proto.EventNodeDeleted, path)
			case n.Persisted().Pzxid > q.RelativeZxid:
				fire(proto.EventNodeChildrenChanged, path)
			default:
				arm(ChildWatch, path)
			}
		}, false},
		{q.PersistentWatches, func(path string, _ *tree.Node) { arm(PersistentWatch, path) }, true},
		{q.PersistentRecursiveWatches, func(path string, _ *tree.Node) { arm(RecursiveWatch, path) }, true},
	} {
		if list.paths == nil {
			return events, watches, proto.MarshallingError
		}
		for _, path := range list.paths {
			if path == jute.Null {
				if list.null {
					continue
				}
				return events, watches, proto.MarshallingError
			}
			list.judge(path, t.Lookup(path))
		}
	}
	return events, watches, proto.Ok
}
