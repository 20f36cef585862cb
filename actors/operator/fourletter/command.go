package fourletter

import (
	"slices"
	"strings"
)

// Command is a four-letter word.
type Command string

// The four-letter words.
const (
	Conf Command = "conf" // the configuration
	Cons Command = "cons" // the connections, in full
	Crst Command = "crst" // reset the counters of the connections
	Dirs Command = "dirs" // bytes on disk
	Dump Command = "dump" // sessions, ephemeral nodes, connections
	Envi Command = "envi" // the environment of the process
	Gtmk Command = "gtmk" // the trace mask
	Hash Command = "hash" // recent digests of the tree
	Isro Command = "isro" // whether the server is read-only
	Mntr Command = "mntr" // figures for monitoring
	Ruok Command = "ruok" // whether the process is there
	Srst Command = "srst" // reset the counters of the server
	Srvr Command = "srvr" // the server in short
	Stat Command = "stat" // the server and its connections in short
	Stmk Command = "stmk" // set the trace mask: 8 bytes follow the word
	Wchc Command = "wchc" // watches by session
	Wchp Command = "wchp" // watches by path
	Wchs Command = "wchs" // watches in short

	// TelnetClose is what telnet sends for "close": no letters, and no answer.
	TelnetClose Command = "telnet close"
)

// Commands are all words that have an answer.
func Commands() []Command {
	return []Command{Conf, Cons, Crst, Dirs, Dump, Envi, Gtmk, Hash, Isro, Mntr, Ruok, Srst, Srvr, Stat, Stmk, Wchc, Wchp, Wchs}
}

// WordLen is the number of bytes by which a word is told from the length of a frame.
const WordLen = 4

const telnetClose = "\xff\xf4\xff\xfd"

// Lookup tells which word the first bytes of a connection are. Everything else is the length of a frame (and
// mostly one that closes the connection).
func Lookup(first []byte) (Command, bool) {
	if len(first) < WordLen {
		return "", false
	}
	word := string(first[:WordLen])
	if word == telnetClose {
		return TelnetClose, true
	}
	return Command(word), slices.Contains(Commands(), Command(word))
}

// ArgumentLen is the number of bytes that belong to the word and follow it.
func (c Command) ArgumentLen() int {
	if c == Stmk {
		return 8
	}
	return 0
}

// Refusal is the answer to a word that is not on the whitelist.
func (c Command) Refusal() string {
	return string(c) + " is not executed because it is not in the whitelist.\n"
}

// Whitelist is the set of words that are answered.
type Whitelist struct {
	all   bool
	words []Command
}

// ParseWhitelist reads 4lw.commands.whitelist: words separated by commas, or * for all. srvr is always there,
// since zkServer.sh lives on it; isro is when read-only mode is on, since clients that look for a writable
// server ask it. An unknown name is left out.
func ParseWhitelist(list string, readOnlyMode bool) Whitelist {
	w := Whitelist{words: []Command{Srvr}}
	if readOnlyMode {
		w.words = append(w.words, Isro)
	}
	for _, name := range strings.Split(list, ",") {
		switch c := Command(strings.TrimSpace(name)); {
		case c == "*":
			w.all = true
		case slices.Contains(Commands(), c) && !slices.Contains(w.words, c):
			w.words = append(w.words, c)
		}
	}
	return w
}

// Allows tells whether a word is answered.
func (w Whitelist) Allows(c Command) bool { return w.all || slices.Contains(w.words, c) }
