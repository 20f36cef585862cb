package wire

import "fmt"

// Opcodes of requests.
const (
	OpCreate                int32 = 1
	OpDelete                int32 = 2
	OpExists                int32 = 3
	OpGetData               int32 = 4
	OpSetData               int32 = 5
	OpGetACL                int32 = 6
	OpSetACL                int32 = 7
	OpGetChildren           int32 = 8
	OpSync                  int32 = 9
	OpPing                  int32 = 11
	OpGetChildren2          int32 = 12
	OpCheck                 int32 = 13
	OpMulti                 int32 = 14
	OpCreate2               int32 = 15
	OpReconfig              int32 = 16
	OpCheckWatches          int32 = 17
	OpRemoveWatches         int32 = 18
	OpCreateContainer       int32 = 19
	OpDeleteContainer       int32 = 20
	OpCreateTTL             int32 = 21
	OpMultiRead             int32 = 22
	OpAuth                  int32 = 100
	OpSetWatches            int32 = 101
	OpSASL                  int32 = 102
	OpGetEphemerals         int32 = 103
	OpGetAllChildrenNumber  int32 = 104
	OpSetWatches2           int32 = 105
	OpAddWatch              int32 = 106
	OpWhoAmI                int32 = 107
	OpCreateSession         int32 = -10
	OpCloseSession          int32 = -11
	OpError                 int32 = -1
	XidEvent, XidPing       int32 = -1, -2
	XidAuth, XidSetWatches  int32 = -4, -8
	CodeOK                  int32 = 0
	CodeRuntimeInconsistent int32 = -2
	CodeMarshalling         int32 = -5
	CodeUnimplemented       int32 = -6
	CodeBadArguments        int32 = -8
	CodeNoNode              int32 = -101
	CodeNoAuth              int32 = -102
	CodeBadVersion          int32 = -103
	CodeNoChildrenForEph    int32 = -108
	CodeNodeExists          int32 = -110
	CodeNotEmpty            int32 = -111
	CodeSessionExpired      int32 = -112
	CodeInvalidACL          int32 = -114
	CodeAuthFailed          int32 = -115
	CodeNoWatcher           int32 = -121
	CodeReconfigDisabled    int32 = -123
	CodeQuotaExceeded       int32 = -125
)

// Event types.
const (
	NodeCreated         int32 = 1
	NodeDeleted         int32 = 2
	NodeDataChanged     int32 = 3
	NodeChildrenChanged int32 = 4
)

// Create modes (the flags of a create request).
const (
	Persistent, Ephemeral, PersistentSeq, EphemeralSeq int32 = 0, 1, 2, 3
	Container, WithTTL, WithTTLSeq                     int32 = 4, 5, 6
)

// OpName is the protocol's name of an opcode.
func OpName(op int32) string {
	names := map[int32]string{
		OpCreate: "create", OpDelete: "delete", OpExists: "exists", OpGetData: "getData", OpSetData: "setData",
		OpGetACL: "getACL", OpSetACL: "setACL", OpGetChildren: "getChildren", OpSync: "sync", OpPing: "ping",
		OpGetChildren2: "getChildren2", OpCheck: "check", OpMulti: "multi", OpCreate2: "create2", OpReconfig: "reconfig",
		OpCheckWatches: "checkWatches", OpRemoveWatches: "removeWatches", OpCreateContainer: "createContainer",
		OpDeleteContainer: "deleteContainer", OpCreateTTL: "createTTL", OpMultiRead: "multiRead", OpAuth: "auth",
		OpSetWatches: "setWatches", OpSASL: "sasl", OpGetEphemerals: "getEphemerals",
		OpGetAllChildrenNumber: "getAllChildrenNumber", OpSetWatches2: "setWatches2", OpAddWatch: "addWatch",
		OpWhoAmI: "whoAmI", OpCreateSession: "createSession", OpCloseSession: "closeSession", OpError: "error",
	}
	if n, ok := names[op]; ok {
		return n
	}
	return fmt.Sprintf("op(%d)", op)
}
