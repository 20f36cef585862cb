package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"

	"troupe/config"
	"troupe/internal/version"
)

// banner tells who starts a server what there is to know: where it listens, where the data is, how to connect.
func banner(w io.Writer, cfg *config.Config, addr string) error {
	data := absolute(cfg.Data.Dir)
	if cfg.Data.LogDir != cfg.Data.Dir {
		data += ", transaction logs in " + absolute(cfg.Data.LogDir)
	}
	from := "built in (see troupe serve --help)"
	if cfg.File != "" {
		from = absolute(cfg.File)
	}
	_, err := fmt.Fprintf(w, `Troupe %s, for every client of ZooKeeper %s
  listens on     %s
  data in        %s
  configuration  %s
  connect with   zkCli.sh -server %s
`, version.Release, version.Compatible, addr, data, from, reachable(addr))
	return err
}

// reachable is an address that a client on this machine can connect to.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// absolute is a path that means the same in another directory; the path itself if that cannot be found out.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
