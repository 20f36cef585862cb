// Package txn holds the records of transactions, as they are proposed, logged and applied.
// All are generated from ../zookeeper.jute, which tells what the fields mean;
// package jute tells how they are encoded.
package txn
