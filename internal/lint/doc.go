// Package lint holds the rules of this repository as tests: who may import whom and why, what a package must
// have, what a test must not do. `go test ./internal/lint` checks the source files as they are, without
// compiling them. The package has no code of its own and imports nothing of this module.
package lint
