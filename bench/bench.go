// Package bench is the command that compares this server with others on the machine that it
// runs on: Apache ZooKeeper, etcd, another build of Troupe, and the floor that the network and
// the disk set to all of them; one server each, or an ensemble each.
//
// bench/load makes the requests, bench/peer starts the servers, bench/run has the tests
// ([run.Groups] is the list of them), bench/report and bench/page write down what came of it.
// bench/micro measures parts of a server by themselves, with Go's own benchmarks.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"troupe/bench/floor"
	"troupe/bench/page"
	"troupe/bench/peer"
	"troupe/bench/report"
	"troupe/bench/run"
)

// flags are what the user has said.
type flags struct {
	quick     bool
	list      bool
	peers     []string
	asked     bool // the user has named the peers
	only      string
	rounds    int
	time      time.Duration
	warm      time.Duration
	dir       string
	memoryDir string
	heapMiB   int
	workers   int
	json      string
	markdown  string
	html      string
	from      string
}

// Command is `troupe bench`.
func Command() *cobra.Command {
	var f flags
	c := &cobra.Command{
		Use:   "bench",
		Short: "Compare with Apache ZooKeeper, etcd and the floor of this machine",
		Long: `Starts the servers as child processes on loopback, warms them up, loads them in turn
(A B C, A B C; the first time does not count) and prints medians, their ratios, and how far
the ratios spread. Ensembles are of 3 members, or of 3 and 2 observers; their processor time
is added up.

The servers are compared by what they do in a second of their own processor time
(ops/CPU s), which does not depend on how many cores the generator leaves them. The column
gen is the generator's own share of a core, others that of everything else on the machine.`,
		Example: `  troupe bench --quick
  troupe bench --only 'setData 64x1$' --rounds 9
  troupe bench --peers old=./troupe-1.0,troupe --json result.json
  troupe bench --only 'leader killed' --html killed.html
  troupe bench --from result.json --html result.html`,
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			f.asked = cmd.Flags().Changed("peers")
			return f.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	c.Flags().BoolVar(&f.quick, "quick", false, "the short selection, in about three minutes")
	c.Flags().BoolVar(&f.list, "list", false, "list the tests and stop")
	c.Flags().StringSliceVar(&f.peers, "peers", []string{"apache", "troupe", "etcd", "floor"}, "what to measure: apache, troupe, etcd (not with --quick unless named), floor, LABEL=PATH of another troupe, LABEL=apache; the first is the base of ratios")
	c.Flags().StringVar(&f.only, "only", "", "regular expression that a test's name or its group's must match")
	c.Flags().IntVar(&f.rounds, "rounds", 5, "rounds for each test and server (3 with --quick unless given)")
	c.Flags().DurationVar(&f.time, "time", 2*time.Second, "length of a round (1s with --quick unless given)")
	c.Flags().DurationVar(&f.warm, "warm", 500*time.Millisecond, "load before each round that does not count")
	c.Flags().StringVar(&f.dir, "dir", os.TempDir(), "where the servers write; has to be on the disk that counts")
	c.Flags().StringVar(&f.memoryDir, "memory-dir", "/dev/shm", "a directory on a memory file system")
	c.Flags().IntVar(&f.heapMiB, "heap", 2048, "MiB of heap for Java")
	c.Flags().IntVar(&f.workers, "workers", 1, "event loops of the generator")
	c.Flags().StringVar(&f.json, "json", "", "file for all rounds of everything")
	c.Flags().StringVar(&f.markdown, "markdown", "", "file for tables that a document can take in")
	c.Flags().StringVar(&f.html, "html", "", "file for a page with plots, which needs nothing else")
	c.Flags().StringVar(&f.from, "from", "", "measure nothing: take the rounds from a file that --json has written")
	c.PreRun = func(cmd *cobra.Command, _ []string) {
		if f.quick && !cmd.Flags().Changed("rounds") {
			f.rounds = 3
		}
		if f.quick && !cmd.Flags().Changed("time") {
			f.time = time.Second
		}
		if f.quick && !cmd.Flags().Changed("peers") {
			f.peers = slices.DeleteFunc(f.peers, func(name string) bool { return name == "etcd" })
		}
	}
	c.AddCommand(floorCommand())
	return c
}

// floorCommand is the child process that peer.Echo starts.
func floorCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "floor ADDRESS",
		Short:  "Answer every frame of the client protocol at once and without sense",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return floor.NewEcho(nil).Serve(args[0])
		},
	}
}

func (f *flags) run(ctx context.Context, out, log io.Writer) error {
	if f.from != "" {
		return f.again(out)
	}
	plan, err := f.plan(out, log)
	if err != nil {
		return err
	}
	groups := plan.Select(run.Groups())
	if f.list {
		return list(out, groups)
	}
	if len(groups) == 0 {
		return fmt.Errorf("bench: no test matches %q; --list shows them", f.only)
	}
	result, err := plan.Run(ctx, groups)
	return errors.Join(err, f.write(result))
}

// again writes an earlier report anew.
func (f *flags) again(out io.Writer) error {
	file, err := os.Open(f.from)
	if err != nil {
		return fmt.Errorf("bench: --from: %w", err)
	}
	result, err := report.Read(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("bench: --from %s: %w", f.from, err)
	}
	return errors.Join(result.Text(out), f.write(result))
}

// write writes the files that were asked for.
func (f *flags) write(r report.Report) error {
	return errors.Join(writeFile(f.json, r.JSON), writeFile(f.markdown, r.Markdown),
		writeFile(f.html, func(w io.Writer) error { return page.Write(w, r) }))
}

func (f *flags) plan(out, log io.Writer) (run.Plan, error) {
	self, err := os.Executable()
	if err != nil {
		return run.Plan{}, fmt.Errorf("bench: %w", err)
	}
	kinds, err := f.kinds(self, log)
	if err != nil {
		return run.Plan{}, err
	}
	plan := run.Plan{
		Timing: run.Timing{Rounds: f.rounds, Time: f.time, Warm: f.warm},
		Kinds:  kinds, Quick: f.quick, Dir: f.dir, MemoryDir: f.memoryDir,
		HeapMiB: f.heapMiB, Workers: f.workers, Out: out, Log: log,
	}
	if f.only != "" {
		if plan.Only, err = regexp.Compile(f.only); err != nil {
			return run.Plan{}, fmt.Errorf("bench: --only: %w", err)
		}
	}
	return plan, nil
}

// kinds are the servers to measure. One that is missing is an error if it was asked for, and
// otherwise a line of the log: the others can still be measured.
func (f *flags) kinds(self string, log io.Writer) ([]peer.Kind, error) {
	all, err := peer.Parse(f.peers, self)
	if err != nil {
		return nil, err
	}
	var there []peer.Kind
	for _, k := range all {
		switch err := k.Check(); {
		case err == nil:
			there = append(there, k)
		case f.asked:
			return nil, err
		default:
			fmt.Fprintf(log, "without %s: %v\n", k.Name(), err)
		}
	}
	return there, nil
}

func list(out io.Writer, groups []run.Group) error {
	for _, g := range groups {
		fmt.Fprintln(out, g.Name)
		for _, t := range g.Tests {
			row, mark := t.Row(), ""
			if t.Quick() {
				mark = " (quick)"
			}
			if row.What != "" {
				mark += ": " + row.What
			}
			if _, err := fmt.Fprintf(out, "  %s%s\n", row.Name, mark); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeFile writes a file with write; no path is no file.
func writeFile(path string, write func(io.Writer) error) (err error) {
	if path == "" {
		return nil
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return write(file)
}
