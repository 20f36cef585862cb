package proto

import "strconv"

// The permissions of an ACL, to be combined by or.
const (
	PermRead   = 1
	PermWrite  = 2
	PermCreate = 4
	PermDelete = 8
	PermAdmin  = 16
	PermAll    = PermRead | PermWrite | PermCreate | PermDelete | PermAdmin
)

// The create modes: flags of CreateRequest and CreateTTLRequest. They are untyped
// so that they fit that field as well as CreateMode.
const (
	ModePersistent                  = 0
	ModeEphemeral                   = 1
	ModePersistentSequential        = 2
	ModeEphemeralSequential         = 3
	ModeContainer                   = 4
	ModePersistentWithTTL           = 5
	ModePersistentSequentialWithTTL = 6
)

// CreateMode answers questions about the flags of a create.
type CreateMode int32

// Valid reports whether the mode is one of the seven.
func (m CreateMode) Valid() bool { return m >= ModePersistent && m <= ModePersistentSequentialWithTTL }

// Ephemeral reports whether the node goes with its session.
func (m CreateMode) Ephemeral() bool { return m == ModeEphemeral || m == ModeEphemeralSequential }

// Sequential reports whether a number is added to the name.
func (m CreateMode) Sequential() bool {
	return m == ModePersistentSequential || m == ModeEphemeralSequential || m == ModePersistentSequentialWithTTL
}

// Container reports whether the node goes with its last child.
func (m CreateMode) Container() bool { return m == ModeContainer }

// TTL reports whether the node has a time to live.
func (m CreateMode) TTL() bool {
	return m == ModePersistentWithTTL || m == ModePersistentSequentialWithTTL
}

// String is ZooKeeper's name of the mode, such as "EPHEMERAL_SEQUENTIAL".
func (m CreateMode) String() string {
	switch m {
	case ModePersistent:
		return "PERSISTENT"
	case ModeEphemeral:
		return "EPHEMERAL"
	case ModePersistentSequential:
		return "PERSISTENT_SEQUENTIAL"
	case ModeEphemeralSequential:
		return "EPHEMERAL_SEQUENTIAL"
	case ModeContainer:
		return "CONTAINER"
	case ModePersistentWithTTL:
		return "PERSISTENT_WITH_TTL"
	case ModePersistentSequentialWithTTL:
		return "PERSISTENT_SEQUENTIAL_WITH_TTL"
	}
	return "mode(" + strconv.Itoa(int(m)) + ")"
}
