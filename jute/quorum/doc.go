// Package quorum holds the records of what the servers of an ensemble say to each other.
// All are generated from ../zookeeper.jute, which tells what the fields mean;
// package jute tells how they are encoded.
package quorum
