package config

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// resolve fills in what depends on other keys and on files: derived defaults, least values, the members named in
// dynamicConfigFile, this server's number. It returns what is wrong with those files.
func (c *Config) resolve(read ReadFile) Faults {
	faults := c.readMembers(read)
	faults = append(faults, c.readMyID(read)...)
	c.deriveDefaults()
	c.raiseToLeast()
	c.Client.Address = trimBrackets(c.Client.Address)
	c.Client.SecureAddress = trimBrackets(c.Client.SecureAddress)
	faults = append(faults, c.takeClientAddress()...)
	c.advise()
	return faults
}

func (c *Config) deriveDefaults() {
	if c.Data.LogDir == "" {
		c.Data.LogDir = c.Data.Dir
	}
	s := &c.Session
	if s.MinTimeout == -time.Millisecond {
		s.MinTimeout = 2 * s.TickTime
	}
	if s.MaxTimeout == -time.Millisecond {
		s.MaxTimeout = 20 * s.TickTime
	}
	if !c.IsSet("jute.maxbuffer.extrasize") {
		c.Client.ExtraSize = c.Client.MaxBuffer
	}
	if !c.IsSet("maxWriteQueuePollTime") {
		c.Pipeline.MaxQueuePoll = c.Pipeline.FlushDelay / 3
	}
	e := &c.Ensemble
	if e.ConnectLimit == 0 {
		e.ConnectLimit = e.InitLimit
	}
	if e.HandshakeTimeout <= 0 {
		e.HandshakeTimeout = s.TickTime * time.Duration(e.SyncLimit)
	}
	for _, side := range []*TLSSide{&c.TLS.Client, &c.TLS.Peers} {
		if len(side.EnabledProtocols) == 0 {
			side.EnabledProtocols = []string{side.Protocol}
		}
	}
}

// raiseToLeast puts values that Apache adjusts, rather than refuses, into their range.
func (c *Config) raiseToLeast() {
	for _, least := range []struct {
		key   string
		field *int
		value int
	}{
		{"snapCount", &c.Data.SnapCount, 2},
		{"autopurge.snapRetainCount", &c.Data.PurgeRetain, 3},
		{"jute.maxbuffer.extrasize", &c.Client.ExtraSize, 1024},
		{"commitLogCount", &c.Ensemble.CommitLogCount, 500},
		{"quorum.cnxn.threads.size", &c.Ensemble.ConnThreads, 20},
	} {
		if *least.field < least.value {
			c.adjust(least.key, fmt.Sprintf("is raised to %d, the least", least.value))
			*least.field = least.value
		}
	}
	if c.Ensemble.SnapshotSizeFactor > 1 {
		c.adjust("snapshotSizeFactor", "is more than 1 and is taken as 0.33")
		c.Ensemble.SnapshotSizeFactor = 0.33
	}
}

// adjust notes that the value of a key was changed, if somebody wrote it.
func (c *Config) adjust(key, text string) {
	if s, ok := c.settings[key]; ok {
		c.Notices = append(c.Notices, Notice{Adjusted, s.Place, key, text})
	}
}

// readMembers takes the server, group and weight lines from dynamicConfigFile.
func (c *Config) readMembers(read ReadFile) Faults {
	file := c.Ensemble.DynamicFile
	if file == "" {
		return nil
	}
	content, err := read(file)
	if err != nil {
		return Faults{c.fault("dynamicConfigFile", fmt.Sprintf("cannot be read (%v)", err),
			"name an existing file with the lines server.N")}
	}
	if len(c.Ensemble.Servers) > 0 {
		return Faults{c.fault("dynamicConfigFile", "stands beside server lines in the same configuration",
			"keep the server lines in "+file+" only")}
	}
	properties, faults := parseProperties(content, file)
	last := map[string]property{}
	for _, p := range properties {
		last[p.key] = p
	}
	table := newTable()
	for _, p := range properties {
		if last[p.key] != p {
			continue
		}
		k, suffix, ok := table.find(p.key)
		switch {
		case ok && (k.Name == "server.*" || k.Name == "group.*" || k.Name == "weight.*"):
			if err := k.parse(c, suffix, p.value); err != nil {
				faults = append(faults, k.fault(Setting{p.key, p.value, Place{file, p.line}}, err))
			}
		case p.key != "version":
			faults = append(faults, Fault{Place: Place{file, p.line}, Key: p.key, Problem: "does not belong here",
				Remedy: "keep only server, group and weight lines in this file; the rest belongs into zoo.cfg"})
		}
	}
	if suffix := filepath.Ext(file); suffix != "" {
		if v, err := strconv.ParseUint(suffix[1:], 16, 64); err == nil {
			c.Ensemble.Version = int64(v)
		}
	}
	return faults
}

// readMyID takes this server's number from the first line of dataDir/myid.
func (c *Config) readMyID(read ReadFile) Faults {
	if c.Data.Dir == "" {
		return nil
	}
	file := filepath.Join(c.Data.Dir, "myid")
	content, err := read(file)
	if err != nil {
		// A server that stands alone needs no number; what is wrong with its dataDir is said when that is opened.
		if !c.Ensemble.Distributed() {
			return nil
		}
		return Faults{{Place: Place{File: file}, Key: "myid", Problem: fmt.Sprintf("cannot be read (%v)", err),
			Remedy: "write the number of this server into it, the N of its line server.N"}}
	}
	first, _, _ := strings.Cut(string(content), "\n")
	id, err := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	if err != nil || id < 0 {
		return Faults{{Place: Place{file, 1}, Key: "myid", Value: strings.TrimSpace(first),
			Problem: "is not the number of a server", Remedy: "write the N of this server's line server.N"}}
	}
	c.Ensemble.MyID = id
	return nil
}

// takeClientAddress takes the client port from this server's own line, if that has one. Both places may name
// it only if they agree (QuorumPeerConfig.setupClientPort).
func (c *Config) takeClientAddress() Faults {
	me, ok := c.Ensemble.Member(c.Ensemble.MyID)
	if !ok || me.Client == nil {
		return nil
	}
	if c.Client.Port > 0 {
		everywhere := c.Client.Address == "" || c.Client.Address == "0.0.0.0" || c.Client.Address == "::"
		if c.Client.Port != me.Client.Port || !everywhere && c.Client.Address != me.Client.Host {
			return Faults{c.fault("clientPort", "differs from the client address of this server's own line, "+me.Client.String(),
				"leave clientPort and clientPortAddress out")}
		}
	}
	c.Client.Port, c.Client.Address = me.Client.Port, me.Client.Host
	return nil
}

// fault is something wrong with a key, with its place if somebody wrote it.
func (c *Config) fault(key, problem, remedy string) Fault {
	s := c.settings[key]
	f := Fault{Place: s.Place, Key: key, Value: s.Value, Problem: problem, Remedy: remedy}
	if f.Place == (Place{}) {
		f.Place.File = c.File
	}
	return f
}

func trimBrackets(host string) string {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		return strings.TrimSuffix(inner, "]")
	}
	return host
}
