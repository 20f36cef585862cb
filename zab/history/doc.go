// Package history is what a server remembers of decided transactions in memory (Committed), and the decision what a
// learner must be sent so that it has the same ones (Decide). No I/O: the log on disk comes in as an iterator.
package history
