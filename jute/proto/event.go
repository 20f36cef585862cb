package proto

import "strconv"

// EventType is the type of a WatcherEvent.
type EventType int32

// The types. The last three are events that a client makes for itself.
const (
	EventNone                   EventType = -1
	EventNodeCreated            EventType = 1
	EventNodeDeleted            EventType = 2
	EventNodeDataChanged        EventType = 3
	EventNodeChildrenChanged    EventType = 4
	EventDataWatchRemoved       EventType = 5
	EventChildWatchRemoved      EventType = 6
	EventPersistentWatchRemoved EventType = 7
)

// String is ZooKeeper's name of the event, such as "NodeCreated".
func (t EventType) String() string {
	switch t {
	case EventNone:
		return "None"
	case EventNodeCreated:
		return "NodeCreated"
	case EventNodeDeleted:
		return "NodeDeleted"
	case EventNodeDataChanged:
		return "NodeDataChanged"
	case EventNodeChildrenChanged:
		return "NodeChildrenChanged"
	case EventDataWatchRemoved:
		return "DataWatchRemoved"
	case EventChildWatchRemoved:
		return "ChildWatchRemoved"
	case EventPersistentWatchRemoved:
		return "PersistentWatchRemoved"
	}
	return "event(" + strconv.Itoa(int(t)) + ")"
}

// KeeperState is the state of a client's connection, in a WatcherEvent. A server
// sends StateSyncConnected only; the others are what a client tells its user.
type KeeperState int32

// The states. StateUnknown and StateNoSyncConnected are deprecated.
const (
	StateExpired           KeeperState = -112
	StateUnknown           KeeperState = -1
	StateDisconnected      KeeperState = 0
	StateNoSyncConnected   KeeperState = 1
	StateSyncConnected     KeeperState = 3
	StateAuthFailed        KeeperState = 4
	StateConnectedReadOnly KeeperState = 5
	StateSASLAuthenticated KeeperState = 6
	StateClosed            KeeperState = 7
)

// String is ZooKeeper's name of the state, such as "SyncConnected".
func (s KeeperState) String() string {
	switch s {
	case StateExpired:
		return "Expired"
	case StateUnknown:
		return "Unknown"
	case StateDisconnected:
		return "Disconnected"
	case StateNoSyncConnected:
		return "NoSyncConnected"
	case StateSyncConnected:
		return "SyncConnected"
	case StateAuthFailed:
		return "AuthFailed"
	case StateConnectedReadOnly:
		return "ConnectedReadOnly"
	case StateSASLAuthenticated:
		return "SaslAuthenticated"
	case StateClosed:
		return "Closed"
	}
	return "state(" + strconv.Itoa(int(s)) + ")"
}

// The modes of AddWatchRequest.
const (
	AddWatchPersistent          = 0 // the path itself; all four events
	AddWatchPersistentRecursive = 1 // the path and all below; no NodeChildrenChanged
)

// WatcherType chooses watches in checkWatches and removeWatches.
type WatcherType int32

// The types; the last two since 3.9.
const (
	WatcherChildren            WatcherType = 1
	WatcherData                WatcherType = 2
	WatcherAny                 WatcherType = 3
	WatcherPersistent          WatcherType = 4
	WatcherPersistentRecursive WatcherType = 5
)
