package reply

import "troupe/jute/proto"

// WatchKind is a kind of watch that a request can leave behind.
type WatchKind uint8

// The kinds. A data watch hears of creation, change and deletion of its path, a child watch of deletion and of changes
// among the children; both are gone when they fired. The other two stay.
const (
	NoWatch         WatchKind = iota
	DataWatch                 // getData, exists
	ChildWatch                // getChildren, getChildren2
	PersistentWatch           // addWatch mode 0: as data and child watch together
	RecursiveWatch            // addWatch mode 1: creation, change and deletion of the path and of all below it
)

// String is a name for logs and tests.
func (k WatchKind) String() string {
	switch k {
	case NoWatch:
		return "none"
	case DataWatch:
		return "data"
	case ChildWatch:
		return "child"
	case PersistentWatch:
		return "persistent"
	case RecursiveWatch:
		return "recursive"
	}
	return "unknown"
}

// WatchRequest is a watch to register for the connection that sent the request. The path aliases the request's body.
type WatchRequest struct {
	Kind WatchKind
	Path string
}

// Event is a watch that fires at once. The path aliases the request's body.
type Event struct {
	Type proto.EventType
	Path string
}

// wants makes the request for a watch, if the client asked for it.
func wants(asked bool, kind WatchKind, path string) WatchRequest {
	if !asked {
		return WatchRequest{}
	}
	return WatchRequest{Kind: kind, Path: path}
}
