package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"troupe/config"
)

// stopTimeout bounds a clean stop, so that a disk that does not answer cannot keep the process for ever.
const stopTimeout = time.Minute

// serveFlags are the flags of serve. Those that stand for a key of zoo.cfg are put behind --set.
type serveFlags struct {
	port      int
	address   string
	data      string
	set       []string
	logLevel  string
	logFormat string
}

func (p program) serveCommand() *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve [zoo.cfg]",
		Short: "Run a server in the foreground",
		Long: `Run a server in the foreground.

The configuration is ZooKeeper's zoo.cfg. Without one the server listens on 127.0.0.1:2181
and keeps its data in ./troupe-data. Each key can be set on the command line too, and so can
what Apache ZooKeeper takes as a Java property: --set snapCount=10000 is the same as
--set -Dzookeeper.snapCount=10000.

With lines server.N it is a member of an ensemble: the one whose number stands in the file
myid of its dataDir.

SIGTERM and SIGINT stop the server cleanly; a second one, half a second later or more, ends it at once.

Exit codes: 0 stopped, 1 unexpected error or damaged data, 2 invalid configuration or
arguments, 3 data directory unusable, 10 snapshot error, 14 election port not free; 128 and
the number of the signal when a second signal ended a stop.`,
		Example: `  troupe serve
  troupe serve /etc/zookeeper/conf/zoo.cfg
  troupe serve --port 2182 --data /var/lib/troupe --set maxClientCnxns=0`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			return p.serve(file, f, f.overrides(c))
		},
	}
	flags := c.Flags()
	flags.IntVar(&f.port, "port", 0, "port for clients; 0: one that is free (clientPort; 2181 without a zoo.cfg)")
	flags.StringVar(&f.address, "address", "", "address to listen on; empty: all (clientPortAddress)")
	flags.StringVar(&f.data, "data", "", "data directory (dataDir)")
	flags.StringArrayVar(&f.set, "set", nil, "set a key of zoo.cfg, `key=value`; may be repeated")
	flags.StringVar(&f.logLevel, "log-level", "info", "trace, debug, info, warn or error")
	flags.StringVar(&f.logFormat, "log-format", "auto", "console, json, or auto: console on a terminal")
	return c
}

// overrides are the settings of the command line; the flags for single keys count more than --set.
func (f serveFlags) overrides(c *cobra.Command) []string {
	all := append([]string{}, f.set...)
	for _, x := range []struct{ flag, key, value string }{
		{"port", "clientPort", strconv.Itoa(f.port)},
		{"address", "clientPortAddress", f.address},
		{"data", "dataDir", f.data},
	} {
		if c.Flags().Changed(x.flag) {
			all = append(all, x.key+"="+x.value)
		}
	}
	return all
}

// serve runs a server until it is told to stop or ends by itself.
func (p program) serve(file string, f serveFlags, overrides []string) error {
	log, err := newLog(p.err, f.logLevel, f.logFormat, p.terminal)
	if err != nil {
		return exitError{exitInvocation, err}
	}
	cfg, err := p.load(file, overrides)
	if err != nil {
		return err
	}
	logNotices(log, cfg)
	server, err := p.startOrSignal(cfg, log)
	if server == nil || err != nil {
		return err
	}
	if err := banner(p.out, cfg, server.Addr()); err != nil {
		log.Warn().Err(err).Msg("the banner cannot be written")
	}
	select {
	case err := <-server.Done():
		if err == nil {
			return nil
		}
		return fmt.Errorf("the server ended: %w", err)
	case s := <-p.signals:
		log.Info().Stringer("signal", s).Msg("stopping")
		return p.stop(server, log)
	}
}

// startOrSignal starts the server. A signal meanwhile ends the process at once, with neither server nor error:
// nothing has been acknowledged yet, and what the start writes can be cut off at any moment.
func (p program) startOrSignal(cfg *config.Config, log zerolog.Logger) (runningServer, error) {
	type result struct {
		server runningServer
		err    error
	}
	started := make(chan result, 1)
	go func() {
		server, err := p.start(cfg, log)
		started <- result{server, err}
	}()
	select {
	case r := <-started:
		if r.err != nil {
			return nil, fmt.Errorf("the server cannot start: %w", r.err)
		}
		return r.server, nil
	case s := <-p.signals:
		log.Info().Stringer("signal", s).Msg("stopped before it had started")
		return nil, nil
	}
}

// load reads the configuration. What it asks for and this server does not have is a fault like any other, and
// the first thing to know.
func (p program) load(file string, overrides []string) (*config.Config, error) {
	cfg, err := config.Load(p.readFile, file, overrides)
	if missing := cfg.Unavailable(); missing != nil {
		return nil, missing
	}
	return cfg, err
}

// logNotices tells what is worth knowing about a configuration: what was ignored or changed as a warning each,
// keys without effect in one line, and why they have none at level debug.
func logNotices(log zerolog.Logger, cfg *config.Config) {
	var idle []string
	for _, n := range cfg.Notices {
		event := log.Warn()
		if n.Kind == config.NoEffect {
			event = log.Debug()
			idle = append(idle, n.Key)
		}
		event.Str("at", n.Place.String()).Msg(n.Key + " " + n.Text)
	}
	if len(idle) > 0 {
		log.Info().Strs("keys", idle).Msg("these keys are set and have no effect")
	}
}

// stop ends the server cleanly, or at once on a second signal.
func (p program) stop(server runningServer, log zerolog.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- server.Stop(ctx) }()
	began := time.Now()
	for {
		select {
		case err := <-stopped:
			if err != nil {
				return fmt.Errorf("the server did not stop cleanly: %w", err)
			}
			log.Info().Msg("stopped")
			return nil
		case s := <-p.signals:
			if time.Since(began) < p.echo {
				continue
			}
			return exitError{exitSignal + signalNumber(s), fmt.Errorf("ended by a second signal (%s) while stopping", s)}
		}
	}
}

func signalNumber(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return int(n)
	}
	return 0
}
