package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"troupe/cmd/troupe/playground"
)

func (p program) playgroundCommand() *cobra.Command {
	var plan playground.Plan
	var quiet bool
	c := &cobra.Command{
		Use:   "playground",
		Short: "Run an ensemble on this machine, to try things with",
		Long: `Run an ensemble on this machine, to try things with.

Each server is a process of its own, with a folder, a zoo.cfg and a data directory: kill one,
pause one, wipe one, and watch what the others do. Each change of a role is told in one line.
A server that has ended is not started again; how to do it is told. Ctrl-C stops them all.

The directory can be used again: the ensemble goes on where it was, with its zoo.cfg files as
they are now.`,
		Example: `  troupe playground
  troupe playground --servers 3 --observers 1 --dir ./ensemble --port 2181`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("servers") {
				plan.Servers = 0
			}
			return p.play(plan, !quiet)
		},
	}
	flags := c.Flags()
	flags.IntVar(&plan.Servers, "servers", defaultServers, "servers that vote")
	flags.IntVar(&plan.Observers, "observers", 0, "servers that do not")
	flags.StringVar(&plan.Dir, "dir", "", "directory of the ensemble (default a new temporary one)")
	flags.IntVar(&plan.Port, "port", 0, "first of the ports for clients; 0: the first that are free")
	flags.BoolVar(&quiet, "quiet", false, "tell of roles only, and do not show the servers' logs")
	return c
}

// defaultServers are as many as it takes for one to be away.
const defaultServers = 3

// playPatience is how long the servers of a playground may take to stop. They keep little, and their clients are not
// waited for.
const playPatience = 15 * time.Second

// play runs a playground until it is told to stop.
func (p program) play(plan playground.Plan, logs bool) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the servers of a playground are this program again, and it cannot be found: %w", err)
	}
	if plan.Dir == "" {
		plan.Dir, err = os.MkdirTemp("", "troupe-playground-")
	} else {
		plan.Dir, err = filepath.Abs(plan.Dir)
	}
	if err != nil {
		return err
	}
	members, err := layOrOpen(plan)
	if err != nil {
		return exitError{exitInvocation, err}
	}
	return playground.Run(playground.Options{Program: self, Dir: plan.Dir, Members: members, Logs: logs, Out: p.out,
		Signals: p.signals, Echo: p.echo, Patience: playPatience})
}

// layOrOpen takes up the playground that is in the directory, or makes one.
func layOrOpen(plan playground.Plan) ([]playground.Member, error) {
	if !playground.Exists(plan.Dir) {
		if plan.Servers == 0 {
			plan.Servers = defaultServers
		}
		return playground.Lay(plan, playground.Free)
	}
	members, err := playground.Open(plan.Dir)
	if err == nil {
		err = plan.Matches(members)
	}
	if err == nil {
		err = playground.Check(members, playground.Free)
	}
	return members, err
}
