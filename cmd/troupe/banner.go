package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"troupe/config"
	"troupe/internal/version"
)

// banner tells who starts a server what there is to know: where it listens, who belongs to it, where the data is, how
// to connect.
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
%s  data in        %s
  configuration  %s
  connect with   zkCli.sh -server %s
`, version.Release, version.Compatible, addr, membership(cfg.Ensemble), data, from, reachable(addr))
	return err
}

// membership is the lines of a banner that only the member of an ensemble has.
func membership(e config.Ensemble) string {
	me, ok := e.Member(e.MyID)
	if !e.Distributed() || !ok {
		return ""
	}
	var voters, observers, ports []string
	for _, s := range e.Servers {
		list := &voters
		if s.Role == config.Observer {
			list = &observers
		}
		*list = append(*list, strconv.FormatInt(s.ID, 10))
	}
	for _, a := range me.Addresses {
		ports = append(ports, fmt.Sprintf("%s (followers), %d (votes)", net.JoinHostPort(a.Host, strconv.Itoa(a.QuorumPort)), a.ElectionPort))
	}
	all := "voters " + strings.Join(voters, " ")
	if len(observers) > 0 {
		all += ", observers " + strings.Join(observers, " ")
	}
	return fmt.Sprintf("  is server      %d, a %s, of: %s\n  its peers at   %s\n", me.ID, me.Role, all, strings.Join(ports, " and "))
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
