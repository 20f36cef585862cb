package load

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"time"
)

// Nodes are znodes that a load needs: one, or Count of them if Path has a [Number].
type Nodes struct {
	Path  string
	Count int64 // numbered from 0
	Value int   // bytes of data
}

// pathPatience bounds how long the few requests for a path's parents may take.
const pathPatience = 30 * time.Second

// Make creates the nodes where they are missing, parents too, and gives those that were there
// their value. In etcd they are keys.
func (n Nodes) Make(ctx context.Context, address string, p Protocol) (err error) {
	if p == Etcd {
		return n.put(ctx, address)
	}
	c, err := Dial(ctx, address, pathPatience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	for _, parent := range parents(n.Path) {
		if _, err := c.Do(Create(parent, 0, Persistent), 0, CodeNodeExists); err != nil {
			return err
		}
	}
	if n.Count == 0 {
		if _, err := c.Do(Create(n.Path, n.Value, Persistent), 0, CodeNodeExists); err != nil {
			return err
		}
		_, err := c.Do(SetData(n.Path, n.Value), 0)
		return err
	}
	stat, err := c.Do(Exists(path.Dir(n.Path)), 0)
	if err != nil {
		return err
	}
	if Children(stat) < n.Count {
		_, err = n.Fill(ctx, address)
	}
	return err
}

// Fill creates Count numbered nodes, pipelined, and tells how long that took.
func (n Nodes) Fill(ctx context.Context, address string) (Result, error) {
	s := One(Create(n.Path, n.Value, Persistent).Sequence())
	s.Budget, s.Allow = n.Count, []int32{CodeNodeExists}
	return n.play(ctx, Options{Address: address, Conns: 4, Depth: 64}, s)
}

func (n Nodes) play(ctx context.Context, o Options, s Script) (Result, error) {
	g, opened, err := Open(ctx, o)
	if err != nil {
		return Result{}, err
	}
	if opened.Failed > 0 {
		return Result{}, errors.Join(opened.Reason, g.Close())
	}
	r, err := g.All(ctx, s)
	if err != nil {
		err = fmt.Errorf("load: creating %d of %s: %w", max(n.Count, 1), n.Path, err)
	}
	return r, errors.Join(err, g.Close())
}

// put writes the nodes as keys of etcd.
func (n Nodes) put(ctx context.Context, address string) error {
	s := One(EtcdPut(n.Path, n.Value).Sequence())
	s.Budget = max(n.Count, 1)
	_, err := n.play(ctx, Options{Address: address, Protocol: Etcd, Conns: 4, Depth: 64}, s)
	return err
}

// Children is the number of children in a stat, the body of the reply to exists.
func Children(stat []byte) int64 {
	const offset = statBytes - 12
	if len(stat) < statBytes {
		return 0
	}
	return int64(int32(binary.BigEndian.Uint32(stat[offset:])))
}

// parents lists the ancestors of p below the root, the outermost first.
func parents(p string) (all []string) {
	for p = path.Dir(p); p != "/" && p != "."; p = path.Dir(p) {
		all = append([]string{p}, all...)
	}
	return all
}
