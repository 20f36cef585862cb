package proto_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute/proto"
)

// Numbers and names are those of the protocol document.
func TestOps(t *testing.T) {
	want := "-11:closeSession -10:createSession -1:error 0:notification 1:create 2:delete 3:exists 4:getData 5:setData " +
		"6:getACL 7:setACL 8:getChildren 9:sync 11:ping 12:getChildren2 13:check 14:multi 15:create2 16:reconfig " +
		"17:checkWatches 18:removeWatches 19:createContainer 20:deleteContainer 21:createTTL 22:multiRead 100:auth " +
		"101:setWatches 102:sasl 103:getEphemerals 104:getAllChildrenNumber 105:setWatches2 106:addWatch 107:whoAmI"
	require.Equal(t, want, named(-200, 200, func(i int) string { return proto.Op(i).String() }))
	require.Equal(t, "op(55)", proto.Op(55).String())
}

func TestCodes(t *testing.T) {
	want := "-127:THROTTLEDOP -125:QUOTAEXCEEDED -124:SESSIONCLOSEDREQUIRESASLAUTH -123:RECONFIGDISABLED " +
		"-122:REQUESTTIMEOUT -121:NOWATCHER -120:EPHEMERALONLOCALSESSION -119:NOTREADONLY -118:SESSIONMOVED " +
		"-115:AUTHFAILED -114:INVALIDACL -113:INVALIDCALLBACK -112:SESSIONEXPIRED -111:NOTEMPTY -110:NODEEXISTS " +
		"-108:NOCHILDRENFOREPHEMERALS -103:BADVERSION -102:NOAUTH -101:NONODE -100:APIERROR -14:RECONFIGINPROGRESS " +
		"-13:NEWCONFIGNOQUORUM -12:UNKNOWNSESSION -8:BADARGUMENTS -7:OPERATIONTIMEOUT -6:UNIMPLEMENTED " +
		"-5:MARSHALLINGERROR -4:CONNECTIONLOSS -3:DATAINCONSISTENCY -2:RUNTIMEINCONSISTENCY -1:SYSTEMERROR 0:OK"
	require.Equal(t, want, named(-200, 200, func(i int) string { return proto.Code(i).String() }))
}

// A code is an error that can be told from others; Ok is none.
func TestCodeIsAnError(t *testing.T) {
	require.NoError(t, proto.Ok.Err())
	err := fmt.Errorf("create /a: %w", proto.NodeExists.Err())
	require.ErrorIs(t, err, proto.NodeExists)
	var code proto.Code
	require.True(t, errors.As(err, &code))
	require.Equal(t, proto.NodeExists, code)
	require.EqualError(t, err, "create /a: zookeeper: NODEEXISTS (-110)")
}

func TestEventsAndStates(t *testing.T) {
	require.Equal(t, "-1:None 1:NodeCreated 2:NodeDeleted 3:NodeDataChanged 4:NodeChildrenChanged 5:DataWatchRemoved "+
		"6:ChildWatchRemoved 7:PersistentWatchRemoved", named(-200, 200, func(i int) string { return proto.EventType(i).String() }))
	require.Equal(t, "-112:Expired -1:Unknown 0:Disconnected 1:NoSyncConnected 3:SyncConnected 4:AuthFailed "+
		"5:ConnectedReadOnly 6:SaslAuthenticated 7:Closed", named(-200, 200, func(i int) string { return proto.KeeperState(i).String() }))
}

func TestCreateModes(t *testing.T) {
	for mode, want := range map[proto.CreateMode]string{
		proto.ModePersistent:                  "PERSISTENT",
		proto.ModeEphemeral:                   "EPHEMERAL ephemeral",
		proto.ModePersistentSequential:        "PERSISTENT_SEQUENTIAL sequential",
		proto.ModeEphemeralSequential:         "EPHEMERAL_SEQUENTIAL ephemeral sequential",
		proto.ModeContainer:                   "CONTAINER container",
		proto.ModePersistentWithTTL:           "PERSISTENT_WITH_TTL ttl",
		proto.ModePersistentSequentialWithTTL: "PERSISTENT_SEQUENTIAL_WITH_TTL sequential ttl",
		7:                                     "mode(7) invalid",
		-1:                                    "mode(-1) invalid",
	} {
		got := mode.String()
		for _, is := range []struct {
			name string
			yes  bool
		}{{"ephemeral", mode.Ephemeral()}, {"sequential", mode.Sequential()}, {"container", mode.Container()}, {"ttl", mode.TTL()}, {"invalid", !mode.Valid()}} {
			if is.yes {
				got += " " + is.name
			}
		}
		require.Equal(t, want, got)
	}
	require.Equal(t, 31, proto.PermAll)
}

// named lists the numbers that have a name.
func named(from, to int, name func(int) string) string {
	var out []string
	for i := from; i <= to; i++ {
		if n := name(i); !strings.Contains(n, "(") {
			out = append(out, fmt.Sprintf("%d:%s", i, n))
		}
	}
	return strings.Join(out, " ")
}
