package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"troupe/internal/version"
)

func (p program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell the version of Troupe, and of the ZooKeeper that it stands in for",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			commit := version.Commit()
			if commit == "" {
				commit = "unknown"
			}
			_, err := fmt.Fprintf(p.out, "troupe %s (%s)\ncommit %s, %s, %s/%s\n", version.Release, version.String(),
				commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
