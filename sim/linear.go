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
			if s.alone {
				continue // nothing is changed there, and syncs are refused
			}
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
	for _, part := range byPath(history) {
		if porcupine.CheckOperationsTimeout(znode, part, time.Second) == porcupine.Illegal {
			w.fail(Linear, "of %s no order explains (from step, to step): %s", part[0].Input.(*call).path, describe(part))
			return
		}
	}
}

// byPath are the histories of the znodes.
func byPath(all []porcupine.Operation) (parts [][]porcupine.Operation) {
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
		end := "never answered"
		if x.done > 0 {
			end = fmt.Sprintf("%d: code %d, version %d", x.done, x.code, x.gotVersion)
			if x.kind == wire.OpGetData {
				end += ", " + x.got
			}
		}
		s += fmt.Sprintf("\n    client %d: %s [%d, %s]", o.ClientId, x, o.Call, end)
	}
	return s
}
