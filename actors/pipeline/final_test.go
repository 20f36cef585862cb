package pipeline

import (
	"fmt"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"troupe/actors"
	"troupe/actors/gate"
	"troupe/actors/watch"
	"troupe/jute/proto"
	"troupe/jute/txn"
	"troupe/tree"
)

// diary notes what final tells, in order.
type diary struct {
	allOpen
	notes []string
}

func (d *diary) note(format string, a ...any) { d.notes = append(d.notes, fmt.Sprintf(format, a...)) }

func (d *diary) Ended(id int64, _ string) { d.note("ended %d", id) }
func (d *diary) Read(*Request)            { d.note("read") }
func (d *diary) Reply(r *Request)         { d.note("reply %d", r.Cxid) }
func (d *diary) Dispatch()                {}

func sessionTxn(zxid, id int64, op proto.Op) tree.Txn {
	x := tree.Txn{Header: txn.TxnHeader{ClientID: id, Zxid: zxid, Type: int32(op)}}
	if op == proto.OpCreateSession {
		x.Record = &txn.CreateSessionTxn{TimeOut: 4000}
	}
	return x
}

// A learner hears of every session that is opened or closed, by its own clients or by others', and of an own one before
// its client is answered; then of how far the tree is.
func TestLearnerHearsOfSessions(t *testing.T) {
	system := actors.NewSystem(zerolog.Nop())
	watches, err := watch.Spawn(system.Root, system.Root, 1)
	require.NoError(t, err)
	d := &diary{}
	ref, err := SpawnLearner(system.Root, system.Root, Options{
		Gate: &gate.Gate{}, Tree: tree.New(tree.Options{}), Log: freeLog(), Watches: watches, Courier: d, Endings: d,
		Clock: actors.SystemClock(), MaxBatch: 100,
		Member: Member{
			Opened:  func(id int64, timeout int32, c Replier) { d.note("opened %d %d %t", id, timeout, c != nil) },
			Applied: func(zxid int64) { d.note("applied %d", zxid) },
		},
	})
	require.NoError(t, err)
	mine := Foreign(sessionTxn(1, 7, proto.OpCreateSession), nil)
	mine.Conn, mine.Cxid = d, 5
	ref.Commit(&Batch{Requests: []*Request{
		mine,
		Foreign(sessionTxn(2, 8, proto.OpCreateSession), nil),
		Foreign(sessionTxn(3, 7, proto.OpCloseSession), nil),
	}})
	ref.Drain(system.Root, actors.Runtime{})
	require.Equal(t, []string{"opened 7 4000 true", "reply 5", "opened 8 4000 false", "ended 7", "applied 3"}, d.notes)
}
