package sim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"troupe/interop/wire"
)

// register is a znode as its clients can see it.
type register struct {
	exists  bool
	version int32
	value   string
}

// checkLinearizable: for each znode there is an order of its writes, and of its reads behind a sync, that explains all
// answers and agrees with the time that went by. What was never answered may have happened at any time, or never.
func (w *world) checkLinearizable() {
	var history []porcupine.Operation
	for _, c := range w.clients {
		for _, s := range c.stories {
			for _, x := range s.calls {
				if x.op.Kind > SyncGet || !x.synced() && !x.changes() || x.refused() {
					continue
				}
				end := x.done
				if end == 0 {
					if x.synced() {
						continue
					}
					end = math.MaxInt64
				}
				history = append(history, porcupine.Operation{ClientId: c.id, Input: x, Output: x, Call: x.sentAt, Return: end})
			}
		}
	}
	if w.both() {
		return // transactions over two znodes: see checkOrder and checkReads
	}
	if porcupine.CheckOperationsTimeout(znode, history, 5*time.Second) == porcupine.Illegal {
		w.fail("the writes, and reads behind a sync, of a znode are not linearizable: %s", describe(history))
	}
}

// both tells that the plan has operations on two znodes, which a register knows nothing of.
func (w *world) both() bool {
	return slices.ContainsFunc(w.plan.Ops, func(o Op) bool { return o.Kind == Both })
}

// refused tells that the session was, and not the operation.
func (x *call) refused() bool {
	return x.code == wire.CodeSessionExpired
}

// changes tells that it may change a znode.
func (x *call) changes() bool {
	return x.kind == wire.OpCreate || x.kind == wire.OpSetData || x.kind == wire.OpDelete
}

var znode = porcupine.Model{
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		by := map[string]int{}
		for _, o := range all {
			path := o.Input.(*call).path
			i, ok := by[path]
			if !ok {
				i = len(parts)
				by[path] = i
				parts = append(parts, nil)
			}
			parts[i] = append(parts[i], o)
		}
		return parts
	},
	Init: func() any { return register{} },
	Step: func(state, input, _ any) (bool, any) {
		return input.(*call).step(state.(register))
	},
}

// step tells whether the answer can be one in this state, and the next state.
func (x *call) step(r register) (bool, register) {
	code, next := int32(0), r
	switch {
	case x.kind == wire.OpCreate && r.exists:
		code = wire.CodeNodeExists
	case x.kind == wire.OpCreate:
		next = register{true, 0, x.value}
	case !r.exists:
		code = wire.CodeNoNode
	case x.kind == wire.OpSetData && x.version >= 0 && x.version != r.version:
		code = wire.CodeBadVersion
	case x.kind == wire.OpSetData:
		next = register{true, r.version + 1, x.value}
	case x.kind == wire.OpDelete:
		next = register{}
	}
	switch {
	case x.done == 0:
		return true, next
	case x.code != code:
		return false, r
	case code != 0:
		return true, r
	case x.kind == wire.OpGetData:
		return x.got == r.value && x.gotVersion == r.version, r
	case x.kind == wire.OpSetData:
		return x.gotVersion == next.version, next
	}
	return true, next
}

func describe(history []porcupine.Operation) (s string) {
	for _, o := range history {
		x := o.Input.(*call)
		s += fmt.Sprintf("\n  [%d, %d] client %d: %s %s %q v%d -> %d %q v%d", o.Call, x.done, o.ClientId, wire.OpName(x.kind), x.path, x.value, x.version, x.code, x.got, x.gotVersion)
	}
	return s
}
