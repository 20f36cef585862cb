package config

import (
	"errors"
	"fmt"
	"strings"
)

// ReadFile reads a whole file, as os.ReadFile does. Its error is shown as it is.
type ReadFile func(name string) ([]byte, error)

// CommandLine is the File of a Place on the command line.
const CommandLine = "--set"

// Load reads a zoo.cfg, puts the overrides (key=value, in all spellings of a key) over it and returns the
// finished configuration. Without a file the built-in configuration is the base: one server on loopback, port
// 2181, with its data in ./troupe-data.
//
// The error is of type Faults and lists all that is wrong; the Config that comes with it shows what could be read.
// Notices are in the Config.
func Load(read ReadFile, file string, overrides []string) (*Config, error) {
	l := loader{read: read, table: newTable(), c: Default()}
	l.c.File = file
	if file == "" {
		l.builtIn()
	} else {
		l.zooCfg(file)
	}
	for _, o := range overrides {
		key, value, ok := strings.Cut(o, "=")
		if !ok {
			l.faults = append(l.faults, Fault{Place: Place{File: CommandLine}, Key: o,
				Problem: "has no value", Remedy: "write --set key=value"})
			continue
		}
		l.set(strings.TrimSpace(key), strings.TrimSpace(value), Place{File: CommandLine})
	}
	l.parse()
	l.faults = append(l.faults, l.c.resolve(read)...)
	l.faults = append(l.faults, l.c.check(l.failed)...)
	return l.c, l.faults.err()
}

// loader is one run of Load.
type loader struct {
	read   ReadFile
	table  table
	c      *Config
	failed map[string]bool // keys whose value did not parse
	faults Faults
}

// builtIn is the configuration of a server that was started without one.
func (l *loader) builtIn() {
	place := Place{File: "built in"}
	l.set("clientPort", "2181", place)
	l.set("clientPortAddress", "127.0.0.1", place)
	l.set("dataDir", "./troupe-data", place)
}

func (l *loader) zooCfg(file string) {
	content, err := l.read(file)
	if err != nil {
		l.faults = append(l.faults, Fault{Place: Place{File: file}, Key: "configuration",
			Problem: fmt.Sprintf("cannot be read (%v)", err), Remedy: "name an existing zoo.cfg"})
		return
	}
	properties, faults := parseProperties(content, file)
	l.faults = append(l.faults, faults...)
	for _, p := range properties {
		l.set(p.key, p.value, Place{file, p.line})
	}
}

// set notes a setting. Of several for one key the last counts.
func (l *loader) set(name, value string, place Place) {
	k, suffix, ok := l.table.find(name)
	if !ok {
		text := "is no key of ZooKeeper's and is ignored"
		if near := l.table.nearest(name); near != "" {
			text += "; did you mean " + near + "?"
		}
		l.notice(UnknownKey, place, name, text)
		return
	}
	key := strings.TrimSuffix(k.Name, "*") + suffix
	before, twice := l.c.settings[key]
	if twice && before.Place.File == place.File && place.Line > 0 {
		l.notice(Duplicate, place, key, fmt.Sprintf("also stands in line %d; the last one counts", before.Place.Line))
	}
	if !twice {
		l.c.order = append(l.c.order, key)
	}
	l.c.settings[key] = Setting{key, value, place}
}

// parse fills the fields from the settings.
func (l *loader) parse() {
	l.failed = map[string]bool{}
	for _, key := range l.c.order {
		s := l.c.settings[key]
		k, suffix, _ := l.table.find(key)
		switch err := k.parse(l.c, suffix, s.Value).(type) {
		case nil:
		case adjustment:
			l.notice(Adjusted, s.Place, key, "("+k.shown(s.Value)+") "+string(err))
		default:
			l.failed[key] = true
			l.faults = append(l.faults, k.fault(s, err))
		}
		switch {
		case k.Inert != "":
			l.notice(NoEffect, s.Place, key, "has no meaning here: "+k.Inert)
		case k.Needs != "":
			l.notice(NoEffect, s.Place, key, "has no effect: this server does not have "+k.Needs)
		}
	}
}

func (l *loader) notice(kind NoticeKind, place Place, key, text string) {
	l.c.Notices = append(l.c.Notices, Notice{kind, place, key, text})
}

// fault is what is wrong with a setting of the key.
func (k Key) fault(s Setting, err error) Fault {
	f := Fault{Place: s.Place, Key: s.Key, Value: k.shown(s.Value), Problem: err.Error()}
	var p problem
	if errors.As(err, &p) {
		f.Problem, f.Remedy = p.what, p.remedy
	}
	if k.Unit != "" && f.Remedy != "" {
		f.Remedy += fmt.Sprintf(" (the unit is %s; the default is %s)", k.Unit, k.Usual())
	}
	return f
}

// shown is a value as it may be shown.
func (k Key) shown(value string) string {
	if k.Secret && value != "" {
		return masked
	}
	return value
}
