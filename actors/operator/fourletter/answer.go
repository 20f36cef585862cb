package fourletter

import (
	"encoding/binary"
	"strconv"
)

// Source is asked for what the answers tell. It is asked once per word, and only for what that word needs.
type Source interface {
	Serving() bool                    // false while there is no tree to serve: before the start, in an election
	Server() ServerStats              // srvr, stat, mntr, isro
	Connections() []ConnStats         // cons, stat
	ResetServer()                     // srst
	ResetConnections()                // crst
	Configuration() Configuration     // conf
	Disk() (data, log int64)          // dirs: bytes in the snapshot and in the log directory
	Sessions() SessionDump            // dump
	Environment() []Variable          // envi
	Digests() []Digest                // hash
	TraceMask() int64                 // gtmk
	SetTraceMask(mask int64)          // stmk
	WatchSummary() WatchSummary       // wchs
	WatchesBySession() []SessionPaths // wchc
	WatchesByPath() []PathSessions    // wchp
}

const notServing = "This ZooKeeper instance is not currently serving requests"

// Answer is the whole answer to a word; then the connection is closed. argument is what followed the word
// (Command.ArgumentLen bytes).
func Answer(c Command, argument []byte, s Source) string {
	switch c {
	case Ruok:
		return "imok"
	case Envi:
		return Environment(s.Environment())
	case Gtmk:
		return strconv.FormatInt(s.TraceMask(), 10)
	case Stmk:
		return setTraceMask(argument, s)
	case TelnetClose:
		return ""
	}
	if !s.Serving() {
		switch c {
		case Isro:
			return "null"
		case Hash:
			return notServing
		}
		return notServing + "\n"
	}
	switch c {
	case Conf:
		return s.Configuration().String()
	case Cons:
		return Connections(s.Connections())
	case Crst:
		s.ResetConnections()
		return "Connection stats reset.\n"
	case Dirs:
		data, log := s.Disk()
		return Directories(data, log)
	case Dump:
		return s.Sessions().String()
	case Hash:
		return Digests(s.Digests())
	case Isro:
		return ReadOnly(s.Server())
	case Mntr:
		return Monitor(s.Server())
	case Srst:
		s.ResetServer()
		return "Server stats reset.\n"
	case Srvr:
		return Server(s.Server())
	case Stat:
		return Status(s.Server(), s.Connections())
	case Wchc:
		return WatchesBySession(s.WatchesBySession())
	case Wchp:
		return WatchesByPath(s.WatchesByPath())
	case Wchs:
		return s.WatchSummary().String()
	}
	return ""
}

// setTraceMask answers with the mask that was set; fewer than 8 bytes set nothing.
func setTraceMask(argument []byte, s Source) string {
	if len(argument) >= Stmk.ArgumentLen() {
		s.SetTraceMask(int64(binary.BigEndian.Uint64(argument)))
	}
	return strconv.FormatInt(s.TraceMask(), 10)
}
