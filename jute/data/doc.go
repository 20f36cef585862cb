// Package data holds the records of what is stored in znodes and told about them: ACL, Id and Stat.
// All are generated from ../zookeeper.jute, which tells what the fields mean;
// package jute tells how they are encoded.
package data
