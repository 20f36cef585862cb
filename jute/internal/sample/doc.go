// Package sample holds generated records for the tests of package jute and of the
// compiler: every type, nesting and key of a map that the language allows.
package sample

//go:generate go tool jutec -out .. -import troupe/jute/internal -map org.apache.zookeeper.data=troupe/jute/data sample.jute
