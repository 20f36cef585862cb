// Package clients runs the clients that people use against the server under test: zkCli.sh, programs on
// Apache's Java client and on Curator's recipes, kazoo, the C client and its shell, and go-zookeeper. It has
// tests only, behind the build tag interop; the programs lie beside it in java, c and python and are compiled
// into the test's directory.
package clients
