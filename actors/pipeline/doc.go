// Package pipeline turns write requests into committed transactions.
//
//	standalone  prep -> sync -> final
//
// Messages between the stages are batches. A stage takes what is there and does the costly thing once:
// prep enters the gate, sync flushes the log, final shuts the gate. Nothing waits for one request at a time:
// prep works ahead while sync waits for the disk, seeing its own pending changes.
package pipeline
