package proto

import "strconv"

// Code is the outcome of a request, as it stands in ReplyHeader.err and in
// ErrorTxn. It implements error, so that rules can return it; Err turns Ok into
// nil.
type Code int32

// The codes. Those marked so never come from a server.
const (
	Ok Code = 0

	SystemError          Code = -1 // marks the range down to -99
	RuntimeInconsistency Code = -2 // part of a multi behind the one that failed
	DataInconsistency    Code = -3 // not sent
	ConnectionLoss       Code = -4 // client side
	MarshallingError     Code = -5 // the request cannot be decoded, or has a bad type or mode
	Unimplemented        Code = -6
	OperationTimeout     Code = -7 // client side
	BadArguments         Code = -8
	UnknownSession       Code = -12 // between servers
	NewConfigNoQuorum    Code = -13
	ReconfigInProgress   Code = -14

	APIError                     Code = -100 // marks the range below
	NoNode                       Code = -101
	NoAuth                       Code = -102
	BadVersion                   Code = -103
	NoChildrenForEphemerals      Code = -108
	NodeExists                   Code = -110
	NotEmpty                     Code = -111
	SessionExpired               Code = -112
	InvalidCallback              Code = -113 // client side
	InvalidACL                   Code = -114
	AuthFailed                   Code = -115
	SessionMoved                 Code = -118 // closes the connection instead of being sent
	NotReadOnly                  Code = -119
	EphemeralOnLocalSession      Code = -120
	NoWatcher                    Code = -121
	RequestTimeout               Code = -122 // client side
	ReconfigDisabled             Code = -123
	SessionClosedRequireSASLAuth Code = -124
	QuotaExceeded                Code = -125
	ThrottledOp                  Code = -127
)

// Err is the code as an error, nil for Ok.
func (c Code) Err() error {
	if c == Ok {
		return nil
	}
	return c
}

// Error tells name and number.
func (c Code) Error() string {
	return "zookeeper: " + c.String() + " (" + strconv.Itoa(int(c)) + ")"
}

// String is ZooKeeper's name of the code, such as "NONODE".
func (c Code) String() string {
	switch c {
	case Ok:
		return "OK"
	case SystemError:
		return "SYSTEMERROR"
	case RuntimeInconsistency:
		return "RUNTIMEINCONSISTENCY"
	case DataInconsistency:
		return "DATAINCONSISTENCY"
	case ConnectionLoss:
		return "CONNECTIONLOSS"
	case MarshallingError:
		return "MARSHALLINGERROR"
	case Unimplemented:
		return "UNIMPLEMENTED"
	case OperationTimeout:
		return "OPERATIONTIMEOUT"
	case BadArguments:
		return "BADARGUMENTS"
	case UnknownSession:
		return "UNKNOWNSESSION"
	case NewConfigNoQuorum:
		return "NEWCONFIGNOQUORUM"
	case ReconfigInProgress:
		return "RECONFIGINPROGRESS"
	case APIError:
		return "APIERROR"
	case NoNode:
		return "NONODE"
	case NoAuth:
		return "NOAUTH"
	case BadVersion:
		return "BADVERSION"
	case NoChildrenForEphemerals:
		return "NOCHILDRENFOREPHEMERALS"
	case NodeExists:
		return "NODEEXISTS"
	case NotEmpty:
		return "NOTEMPTY"
	case SessionExpired:
		return "SESSIONEXPIRED"
	case InvalidCallback:
		return "INVALIDCALLBACK"
	case InvalidACL:
		return "INVALIDACL"
	case AuthFailed:
		return "AUTHFAILED"
	case SessionMoved:
		return "SESSIONMOVED"
	case NotReadOnly:
		return "NOTREADONLY"
	case EphemeralOnLocalSession:
		return "EPHEMERALONLOCALSESSION"
	case NoWatcher:
		return "NOWATCHER"
	case RequestTimeout:
		return "REQUESTTIMEOUT"
	case ReconfigDisabled:
		return "RECONFIGDISABLED"
	case SessionClosedRequireSASLAuth:
		return "SESSIONCLOSEDREQUIRESASLAUTH"
	case QuotaExceeded:
		return "QUOTAEXCEEDED"
	case ThrottledOp:
		return "THROTTLEDOP"
	}
	return "code(" + strconv.Itoa(int(c)) + ")"
}
