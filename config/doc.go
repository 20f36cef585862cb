// Package config turns ZooKeeper's configuration into one struct.
//
//	zoo.cfg (Java properties) --+
//	--set key=value ------------+--> settings --> table of keys --> Config --> Validate
//	dynamicConfigFile, myid ----+                 (key.go)
//
// The table of keys says everything about a key once: its names, its default, how its value is read, what it
// is for, and whether it has an effect here. What Java takes as a system property (-Dzookeeper.snapCount=1000,
// -Djute.maxbuffer=4194304) is a key like any other; each key is understood in all the spellings that occur:
// snapCount, zookeeper.snapCount and, from a command line, -Dzookeeper.snapCount. docs/configuration.md is
// written from the table by `go test ./config -update`.
//
// All faults of a configuration are reported at once, each with its line, its key and what to do about it. What
// is only worth knowing (an unknown key, a key without effect, a value that was adjusted) is a Notice.
//
// The package reads files through a function that it is given; it opens nothing, logs nothing and exits never.
// It imports nothing of this module.
package config
