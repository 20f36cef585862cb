package watch

import "troupe/jute/proto"

// Kind is a set of ways in which a watcher watches one path.
type Kind uint8

const (
	// Data is a one-shot watch on the znode itself: created, deleted, data changed (getData, exists).
	Data Kind = 1 << iota
	// Child is a one-shot watch on the list of children, and on the deletion (getChildren).
	Child
	// Persistent stays and hears what Data and Child would.
	Persistent
	// Recursive stays and hears of the znode and all below it, but not of changed lists of children.
	Recursive
)

const standard = Data | Child

// concerned tells which kinds on the very path an event of the given type reaches.
func concerned(t proto.EventType) Kind {
	switch t {
	case proto.EventNodeCreated, proto.EventNodeDataChanged:
		return Data | Persistent | Recursive
	case proto.EventNodeDeleted:
		return Data | Child | Persistent | Recursive
	case proto.EventNodeChildrenChanged:
		return Child | Persistent
	}
	return 0
}

// climbs tells whether an event also reaches recursive watches on the ancestors.
func climbs(t proto.EventType) bool {
	return t != proto.EventNodeChildrenChanged
}

// ByType is what a checkWatches or removeWatches request of the given watcher type means (1 children,
// 2 data, 3 any; 4 persistent and 5 recursive since 3.9). One type leaves the other kinds alone
// (ZOOKEEPER-4471). 0 is an unknown type.
func ByType(t int32) Kind {
	switch t {
	case 1:
		return Child
	case 2:
		return Data
	case 3:
		return Data | Child | Persistent | Recursive
	case 4:
		return Persistent
	case 5:
		return Recursive
	}
	return 0
}
