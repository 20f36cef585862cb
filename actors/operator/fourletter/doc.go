// Package fourletter says what a server answers to ZooKeeper's four-letter words, in Apache ZooKeeper's layout.
//
// Every answer is a pure function of a struct that says what there is to tell: Srvr(ServerStats),
// Dump(SessionDump), and so on. Answer picks the function for a word and asks a Source for the structs. The
// package knows no actors, no sockets and no clock; the operator's actor is its caller.
//
//	word --Lookup--> Command --Whitelist.Allows--> Answer(Command, Source) --> text
//
// Layout and order of lines are those of Apache 3.8.0 (testdata/fourletter.json holds its answers), because
// monitoring programs take them apart: the version begins with x.y.z-, the common keys of mntr come first, each
// line of mntr is key, tab, value, and averages are decimals.
package fourletter
