// Package linktest is a network of links in memory for deterministic simulations and tests: nothing moves by itself,
// there is no goroutine, no lock and no clock in it. Whoever drives it decides what is delivered next.
//
//	n := linktest.New(linktest.Options{})
//	leader, follower := n.Host("1", "1:2888"), n.Host("2", "2:2888")   // each is a link.Network
//	leader.Listen(...); follower.Dial(...)
//	n.Run(1000)                                                        // or Flows, Flow.Deliver one by one
//
// What is under way from one place to another is a [Flow]: each direction of a link, each half of connecting, and what
// an end has to tell itself. Within a flow the order is kept, as TCP does; between flows there is none. A simulation
// with a clock schedules a Deliver for each call of Options.Queued, after a delay that it draws: of whatever delays,
// a flow's head comes first.
//
// Faults: cuts of one direction or both (nothing is lost, as with TCP: it waits until they heal), hosts whose process
// is killed or whose power fails (half-open connections), connections that lose a part of what was under way when they
// break, snapshots that break off, batches of any size.
//
// Everything must be called from one goroutine; handlers are called within Deliver, from nowhere else, and may call
// anything but Deliver. It imports link.
package linktest
