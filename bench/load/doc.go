// Package load makes requests of ZooKeeper's client protocol as cheaply as it can, so that
// what is measured is the server and not the one who asks.
//
// A few workers each own an epoll instance and a share of the connections. Requests are
// encoded once ([Op]) and copied with their xid and decimal numbers patched; all that a read
// has freed is sent by one write; of a reply only its first 20 bytes are looked at, and a
// large one is dropped inside the kernel. Nothing is allocated per request.
//
// The load is closed: each connection keeps [Options].Depth requests in flight. Latency is
// from handing a request to the kernel until its reply has been read, so it includes the
// generator's own queueing: look at the generator's CPU share before believing a percentile.
//
// Linux only. The wire format is written down anew here, on purpose without the project's own
// codec: a mistake shared by both ends would go unseen.
package load
