package tree

import "troupe/jute/proto"

// delete removes a node. In replay the node may be gone; its parent still learns that its children
// changed at this zxid, or a client that sets its watches again would miss the event.
func (s *step) delete(r *OpResult, path string) {
	r.Path = path
	parentPath, ok := splitPath(path)
	if !ok {
		r.Err = proto.BadArguments
		return
	}
	parent := s.find(parentPath)
	if parent == nil {
		r.Err = proto.NoNode
		return
	}
	if s.header.Zxid > parent.pzxid {
		parent.pzxid = s.header.Zxid
		s.changed(parent)
	}
	n := s.find(path)
	if n == nil {
		r.Err = proto.NoNode
		return
	}
	acl := s.ACL(n)
	s.removeSubtree(n)
	if s.watchers != nil {
		s.watchers.Fire(proto.EventNodeDeleted, n.Path(), acl)
	}
	s.fire(proto.EventNodeChildrenChanged, parent)
}

// closeSession deletes the nodes that the transaction lists, then what else the session has (all of
// it, if the server that wrote the transaction does not list them), then the session.
func (s *step) closeSession(paths []string) {
	for _, path := range paths {
		s.delete(&OpResult{}, path)
	}
	s.deleteEphemerals(s.header.ClientID)
	delete(s.sessions, s.header.ClientID)
}

func (s *step) deleteEphemerals(session int64) {
	for _, path := range s.Ephemerals(session) {
		s.delete(&OpResult{}, path)
	}
}
