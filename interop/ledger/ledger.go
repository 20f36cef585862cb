// Package ledger writes to a server in such a way that the tree alone tells how far it came: the k-th
// operation of a writer is a function of k, so the state must be the one after some whole number of
// operations, which is at least the number that was acknowledged and at most the number that was sent.
package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"troupe/interop/wire"
)

// window is how many operations a node made by operation k outlives it: nodes come and go, so that the tree
// keeps its size however long the writer runs.
const window = 51

// Operations go round in five kinds, by k mod 5.
const (
	setCount  = iota // setData of count
	createTwo        // multi: setData of count, create n<k>, setData of twin
	deleteTwo        // multi: setData of count, delete n<k-window>
	createOne        // create p<k>
	deleteOne        // delete p<k-window>
	kinds
)

// Prepare gives the requests that make the nodes of a writer below root.
func Prepare(root string) []wire.Request {
	var out []wire.Request
	for _, p := range []string{root, root + "/count", root + "/twin"} {
		out = append(out, wire.CreateReq(wire.OpCreate, p, []byte("0"), wire.OpenACL(), wire.Persistent))
	}
	return out
}

// Operation gives the k-th operation of the writer below root; k counts from 1.
func Operation(root string, k int) wire.Request {
	count := wire.SetDataReq(root+"/count", number(k), -1)
	n, p := fmt.Sprintf("%s/n%d", root, k), fmt.Sprintf("%s/p%d", root, k)
	oldN, oldP := fmt.Sprintf("%s/n%d", root, k-window), fmt.Sprintf("%s/p%d", root, k-window)
	switch k % kinds {
	case createTwo:
		return wire.MultiReq(wire.OpMulti, count, wire.CreateReq(wire.OpCreate, n, payload(k), wire.OpenACL(), 0),
			wire.SetDataReq(root+"/twin", number(k), -1))
	case deleteTwo:
		if k > window {
			return wire.MultiReq(wire.OpMulti, count, wire.VersionReq(wire.OpDelete, oldN, -1))
		}
	case createOne:
		return wire.CreateReq(wire.OpCreate2, p, payload(k), wire.OpenACL(), 0)
	case deleteOne:
		if k > window {
			return wire.VersionReq(wire.OpDelete, oldP, -1)
		}
		return wire.SetDataReq(root, number(k), -1)
	}
	return count
}

// Check finds out how many operations the nodes below root show, and fails if they show no whole number of
// them, fewer than acked, or more than sent.
func Check(root string, nodes []wire.Node, acked, sent int) (int, error) {
	got := lines(root, nodes)
	count := -1
	for _, n := range nodes {
		if n.Path == root+"/count" {
			c, err := strconv.Atoi(string(n.Data))
			if err != nil {
				return 0, fmt.Errorf("ledger: %s holds %q", n.Path, n.Data)
			}
			count = c
		}
	}
	if count < 0 {
		return 0, fmt.Errorf("ledger: %s/count is missing", root)
	}
	// Behind an operation that counts come at most two that do not.
	for done := count; done <= count+2; done++ {
		if !slices.Equal(got, expected(done)) {
			continue
		}
		switch {
		case done < acked:
			return done, fmt.Errorf("ledger: %s shows %d operations, but %d were acknowledged", root, done, acked)
		case done > sent:
			return done, fmt.Errorf("ledger: %s shows %d operations, but only %d were sent", root, done, sent)
		}
		return done, nil
	}
	return 0, fmt.Errorf("ledger: %s shows no whole number of operations near %d (acknowledged %d, sent %d):\n%s", root,
		count, acked, sent, difference(got, expected(count)))
}

// lines describes the nodes, sorted: what the operations decide, with the versions that count the setData.
func lines(root string, nodes []wire.Node) []string {
	var out []string
	for _, n := range nodes {
		name := strings.TrimPrefix(n.Path, root)
		out = append(out, fmt.Sprintf("%s v%d %s", name, n.Stat.Version, n.Data))
	}
	slices.Sort(out)
	return out
}

// expected is what lines gives after the first done operations.
func expected(done int) []string {
	var count, counts, twin, twins, top, tops int
	for k := 1; k <= done; k++ {
		switch kind := k % kinds; {
		case kind == createTwo:
			count, counts, twin, twins = k, counts+1, k, twins+1
		case kind == setCount || kind == deleteTwo:
			count, counts = k, counts+1
		case kind == deleteOne && k <= window:
			top, tops = k, tops+1
		}
	}
	out := []string{
		fmt.Sprintf(" v%d %d", tops, top), fmt.Sprintf("/count v%d %d", counts, count), fmt.Sprintf("/twin v%d %d", twins,
			twin),
	}
	for k := max(1, done-window); k <= done; k++ {
		if k+window <= done {
			continue
		}
		switch k % kinds {
		case createTwo:
			out = append(out, fmt.Sprintf("/n%d v0 %s", k, payload(k)))
		case createOne:
			out = append(out, fmt.Sprintf("/p%d v0 %s", k, payload(k)))
		}
	}
	slices.Sort(out)
	return out
}

func number(k int) []byte { return strconv.AppendInt(nil, int64(k), 10) }

// payload is up to 2 KB of data that tells which operation wrote it.
func payload(k int) []byte {
	size := k * 2654435761 % 2003
	return []byte(fmt.Sprintf("%d:", k) + strings.Repeat(string(rune('a'+k%26)), size))
}

func difference(got, want []string) string {
	var b strings.Builder
	short := func(l string) string { return l[:min(len(l), 60)] }
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintf(&b, "  missing:  %s\n", short(l))
		}
	}
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintf(&b, "  too much: %s\n", short(l))
		}
	}
	return b.String()
}
