package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"troupe/bench/floor"
	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/bench/report"
)

// Plan is what is to be run, and how.
type Plan struct {
	Timing
	// Kinds are the servers; ratios are to the first that is not the floor.
	Kinds []peer.Kind
	// Quick leaves out all but the short selection.
	Quick bool
	// Only leaves out tests whose name, or whose group's, it does not match. May be nil.
	Only *regexp.Regexp
	// Dir is where servers write, on the disk that is to be measured. MemoryDir is on a
	// memory file system.
	Dir, MemoryDir string
	// HeapMiB is what a Java server gets.
	HeapMiB int
	// Workers is the number of the generator's event loops.
	Workers int
	// Out gets the report as it grows, Log a line for each step.
	Out, Log io.Writer
}

// quietTime bounds the pause before each round.
const quietTime = 3 * time.Second

// Select drops what the plan does not ask for.
func (p Plan) Select(groups []Group) []Group {
	var kept []Group
	for _, g := range groups {
		var tests []Test
		for _, t := range g.Tests {
			wanted := p.Only == nil || p.Only.MatchString(t.Row().Name) || p.Only.MatchString(g.Name)
			if wanted && (t.Quick() || !p.Quick) {
				tests = append(tests, t)
			}
		}
		if g.Tests = tests; len(tests) > 0 {
			kept = append(kept, g)
		}
	}
	return kept
}

// Run runs the groups one after the other. The report holds what was measured also when
// there is an error; a test that one server fails is noted in its row and is no error.
func (p Plan) Run(ctx context.Context, groups []Group) (rep report.Report, err error) {
	rep = report.Report{
		Started: time.Now(),
		Machine: machine(),
		Settings: fmt.Sprintf("%d rounds of %v after %v, generator with %d event loop(s), Java heap %d MiB",
			p.Rounds, p.Time, p.Warm, p.Workers, p.HeapMiB),
	}
	defer func() { rep.Took = time.Since(rep.Started) }()
	for _, k := range p.Kinds {
		_, own := k.(peer.Troupe)
		rep.Servers = append(rep.Servers, report.Server{Name: k.Name(), Version: k.Version(ctx), Own: own})
		if _, isFloor := k.(peer.Echo); isFloor {
			rep.Floor = k.Name()
		} else if rep.Base == "" {
			rep.Base = k.Name()
		}
	}
	disk, err := floor.Disk(p.Dir, 200, time.Second)
	if err != nil {
		return rep, err
	}
	rep.Disk = &report.Disk{Dir: p.Dir, FileSystem: fileSystem(p.Dir), PerSecond: disk.PerSecond, P50: disk.P50, P99: disk.P99}
	if err := rep.Head(p.Out); err != nil {
		return rep, err
	}
	for _, g := range groups {
		err := p.group(ctx, g, func(row report.Row) error {
			rep.Rows = append(rep.Rows, row)
			return rep.Row(p.Out, row)
		})
		if err != nil {
			return rep, fmt.Errorf("group %q: %w", g.Name, err)
		}
	}
	return rep, nil
}

// group starts the servers of a group, runs its tests, each of which it hands to done, and
// throws the servers away.
func (p Plan) group(ctx context.Context, g Group, done func(report.Row) error) (err error) {
	p.logf("%s", g.Name)
	root := p.Dir
	if g.Memory {
		root = p.MemoryDir
	}
	dir, err := os.MkdirTemp(root, "troupe-bench-")
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	var subjects []*Subject
	defer func() {
		for _, s := range subjects {
			err = errors.Join(err, s.stop())
		}
	}()
	absent := map[string]string{}
	for _, k := range p.Kinds {
		if !takesPart(k, g) {
			continue
		}
		s, err := p.start(ctx, k, g, filepath.Join(dir, k.Name()))
		if err != nil {
			p.logf("  without %s: %v", k.Name(), err)
			absent[k.Name()] = err.Error()
			continue
		}
		subjects = append(subjects, s)
	}
	for _, t := range g.Tests {
		row := p.test(ctx, g, t, subjects)
		row.Group = g.Name
		maps.Copy(row.Failed, absent)
		if err := errors.Join(done(row), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// takesPart says whether k has anything to do in g.
func takesPart(k peer.Kind, g Group) bool {
	if _, isFloor := k.(peer.Echo); isFloor && g.NoFloor {
		return false
	}
	return slices.ContainsFunc(g.Tests, func(t Test) bool { return speaks(t, k.Protocol()) })
}

// speaks says whether t can be run over p: all can over ZooKeeper's protocol.
func speaks(t Test, p load.Protocol) bool {
	w, ok := t.(Workload)
	return p == load.ZooKeeper || ok && len(w.Etcd.Ops) > 0
}

func (p Plan) start(ctx context.Context, k peer.Kind, g Group, dir string) (*Subject, error) {
	s, err := p.startOne(ctx, k, g, dir, g.Settings)
	if err != nil || g.Beside == nil {
		return s, err
	}
	if s.Beside, err = p.startOne(ctx, k, g, dir+"-beside", g.Beside); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (p Plan) startOne(ctx context.Context, k peer.Kind, g Group, dir string, settings map[string]string) (*Subject, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("run: %w", err)
	}
	disk, err := deviceOf(dir)
	if err != nil {
		return nil, err
	}
	service, err := peer.StartEnsemble(ctx, k, peer.Options{Dir: dir, Settings: settings, HeapMiB: p.HeapMiB}, g.Size)
	if err != nil {
		return nil, err
	}
	s := &Subject{Ensemble: service, Timing: p.Timing, Workers: p.Workers, disk: disk}
	if g.Cold {
		return s, nil
	}
	if err := s.warmUp(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("warming up %s: %w", k.Name(), err), service.Stop())
	}
	return s, nil
}

// warmUp loads the service until it does not get better any more: a just-in-time compiler on a
// busy machine takes its time, and the members of an ensemble have one each.
func (s *Subject) warmUp(ctx context.Context) error {
	const atLeast, atMost, growth = 4, 12, 1.1
	timing, warm := s.Timing, mixed(90, 16, 64)
	defer func() { s.Timing, s.curves = timing, nil }()
	s.Time, s.Warm = s.Kind.WarmUp()/atLeast, 0
	if err := warm.Prepare(ctx, s); err != nil {
		return err
	}
	best := 0.0
	for i := range atMost {
		sample, err := warm.Round(ctx, s)
		if err != nil && !errors.Is(err, errNothing) { // nothing yet: it is not warm
			return err
		}
		if i+1 >= atLeast && sample[opsPerCPU] < growth*best {
			return nil
		}
		best = max(best, sample[opsPerCPU])
	}
	return nil
}

// stop ends the servers.
func (s *Subject) stop() error {
	err := s.Stop()
	if s.Beside != nil {
		err = errors.Join(err, s.Beside.Stop())
	}
	return err
}

// test runs the rounds of a test: all servers in round 1, then all in round 2. A server that
// fails takes no part in the rest of the test.
func (p Plan) test(ctx context.Context, g Group, t Test, subjects []*Subject) report.Row {
	rounds := p.Rounds
	if g.Rounds > 0 {
		rounds = min(rounds, g.Rounds)
	}
	row := t.Row()
	row.Rounds, row.Failed, row.Curves = map[string][]report.Sample{}, map[string]string{}, map[string][]report.Curve{}
	p.logf("  %s", row.Name)
	subjects = slices.DeleteFunc(slices.Clone(subjects), func(s *Subject) bool { return !speaks(t, s.Kind.Protocol()) })
	all := make([]*peer.Ensemble, 0, len(subjects))
	for _, s := range subjects {
		all = append(all, s.Ensemble)
		if s.Beside != nil {
			all = append(all, s.Beside.Ensemble)
		}
	}
	step := func(s *Subject, f func() error) {
		name := s.Kind.Name()
		if row.Failed[name] != "" || ctx.Err() != nil {
			return
		}
		if err := f(); err != nil {
			row.Failed[name] = err.Error()
			p.logf("    %s: %v", name, err)
		}
	}
	for _, s := range subjects {
		step(s, func() error { return t.Prepare(ctx, s) })
	}
	first := 0
	if !g.Cold {
		first = -1 // A round before the first: a just-in-time compiler has to see each test.
	}
	for round := first; round < rounds; round++ {
		for _, s := range subjects {
			step(s, func() error {
				if err := quiet(ctx, all, quietTime); err != nil {
					return err
				}
				s.rounds++
				sample, err := t.Round(ctx, s)
				if name := s.Kind.Name(); err == nil && round >= 0 {
					row.Rounds[name] = append(row.Rounds[name], sample)
					row.Curves[name] = append(row.Curves[name], s.curves...)
				}
				s.curves = nil
				return err
			})
		}
	}
	return row
}

func (p Plan) logf(format string, args ...any) {
	fmt.Fprintf(p.Log, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}
