// Package playground lays out an ensemble on this machine and runs it, to try things with: each server is a process of
// its own that may be killed, paused and brought back, and what happens then is told line by line.
package playground
