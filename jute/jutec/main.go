// Command jutec compiles jute files to Go.
//
//	jutec [-out DIR] [-import PATH] [-runtime PATH] [-map MODULE=PATH]... FILE...
//
// It writes a package per module that a FILE declares (included files are read
// but not written) below DIR. It prints the files that changed; faults of the
// input go to standard error as file:line:col: message, one a line. Exit codes: 0
// done, 1 a file is wrong or cannot be read or written, 2 wrong usage.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"troupe/jute/gen"
	"troupe/jute/idl"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("jutec", flag.ContinueOnError)
	flags.SetOutput(stderr)
	out := flags.String("out", ".", "`directory` under which the packages are written")
	opts := gen.Options{Packages: map[string]string{}}
	flags.StringVar(&opts.Root, "import", "troupe/jute", "import `path` of that directory")
	flags.StringVar(&opts.Runtime, "runtime", "troupe/jute", "import `path` of the runtime package")
	flags.Func("map", "`module=path`: import path of a module that was generated elsewhere; may be repeated", func(s string) error {
		module, path, ok := strings.Cut(s, "=")
		if !ok || module == "" || path == "" {
			return errors.New("want module=path")
		}
		opts.Packages[module] = path
		return nil
	})
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: jutec [flags] file...")
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() == 0:
		flags.Usage()
		return 2
	}
	code := 0
	for _, file := range flags.Args() {
		if err := compile(file, *out, opts, stdout); err != nil {
			fmt.Fprintln(stderr, err)
			code = 1
		}
	}
	return code
}

// compile generates the packages of one file and writes what changed.
func compile(file, out string, opts gen.Options, stdout io.Writer) error {
	parsed, err := idl.Load(file, os.ReadFile)
	if err != nil {
		return err
	}
	outputs, err := gen.Generate(parsed, opts)
	if err != nil {
		return err
	}
	for _, o := range outputs {
		path := filepath.Join(out, filepath.FromSlash(o.Path))
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, o.Source) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("cannot write %s: %w", path, err)
		}
		if err := os.WriteFile(path, o.Source, 0o644); err != nil {
			return fmt.Errorf("cannot write %s: %w", path, err)
		}
		fmt.Fprintln(stdout, path)
	}
	return nil
}
