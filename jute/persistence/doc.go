// Package persistence holds the records of what stands in ZooKeeper's files beside transactions.
// All are generated from ../zookeeper.jute, which tells what the fields mean;
// package jute tells how they are encoded.
package persistence
