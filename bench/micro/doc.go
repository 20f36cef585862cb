// Package micro measures the parts that a request passes through, each by itself and without
// sockets: codec, tree, gate, pipeline, log, watch tables. What they cost together over a
// network is for the parent package.
//
// It is nothing but tests: benchmarks, for benchstat (make bench-micro), and budgets, which say
// how often each part may allocate and hold whenever the tests run. The race detector counts
// allocations of its own, so the budgets stand in a file that is not built with it.
package micro
