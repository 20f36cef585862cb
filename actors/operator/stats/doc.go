// Package stats counts what a server does: packets and latencies over all its event loops, and what the process
// uses. It is written by many loops at once without a lock and read by whoever is asked (four-letter words, the
// admin server, metrics).
//
//	loop 0 --Tally--> Shard 0 --+
//	loop 1 --Tally--> Shard 1 --+--> Collector.Read --> Totals
//	...                         |
//
// A loop counts a burst of requests in a Tally of its own, plain numbers, and adds that to its Shard at the end
// of the burst: a few atomic operations a burst, on a cache line that no other loop writes. Readers merge the
// shards. The package imports nothing of this module.
package stats
