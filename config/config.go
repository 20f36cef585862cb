package config

// Config is everything that can be configured, after defaults, zoo.cfg and overrides. The comment of each field
// ends with [key of zoo.cfg | Java property | default | unit of the written value]. It is immutable once loaded.
type Config struct {
	// File is the path of zoo.cfg as it was given; empty for the built-in configuration.
	File string

	Data     Data
	Client   Client
	Session  Session
	Tree     Tree
	Auth     Auth
	Limits   Limits
	Pipeline Pipeline
	Ensemble Ensemble
	TLS      TLS
	Operator Operator

	// Notices are the things about the configuration that are worth knowing but no faults, in order of lines.
	Notices []Notice

	// settings are what was written, by canonical key; the last of several counts.
	settings map[string]Setting
	// order is the keys of settings, in the order in which they were written.
	order []string
}

// Setting is one key with its value as somebody wrote it.
type Setting struct {
	Key   string // canonical: the name in the table, with the variable part filled in
	Value string // trimmed; a secret is not masked
	Place Place
}

// Default returns a configuration in which no key is set. It is not valid by itself: it has no data directory.
func Default() *Config {
	c := &Config{settings: map[string]Setting{}}
	c.Ensemble.MyID = unknownID
	for _, k := range Keys() {
		if k.Default == "" {
			continue
		}
		if err := k.parse(c, "", k.Default); err != nil {
			panic("config: the default of " + k.Name + " does not parse: " + err.Error())
		}
	}
	return c
}

// IsSet tells whether somebody wrote the key, so that its value is not the default.
func (c *Config) IsSet(key string) bool {
	_, ok := c.settings[key]
	return ok
}

// Settings are all that was written, in order, each key once. Secrets are masked.
func (c *Config) Settings() []Setting {
	table := newTable()
	all := make([]Setting, 0, len(c.order))
	for _, name := range c.order {
		s := c.settings[name]
		if k, _, ok := table.find(s.Key); ok && k.Secret {
			s.Value = masked
		}
		all = append(all, s)
	}
	return all
}

// unknownID is the number of a server that has none.
const unknownID = -1

// masked is what is shown in place of a password.
const masked = "********"
