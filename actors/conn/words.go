package conn

import (
	"encoding/binary"
	"fmt"
)

const (
	wordLen     = 4
	traceArg    = 8          // stmk is followed by the mask
	telnetClose = 0xfff4fffd // what telnet sends on interrupt
)

// isWord tells the four-letter words from frame lengths: none of them is a length that jute.maxbuffer allows.
func isWord(w string) bool {
	switch w {
	case "conf", "cons", "crst", "dirs", "dump", "envi", "gtmk", "hash", "isro", "mntr", "ruok",
		"srst", "srvr", "stat", "stmk", "wchc", "wchp", "wchs":
		return true
	}
	return false
}

// greet looks at the first bytes of a connection and tells whether they are not a handshake.
func (h *Handler) greet(in []byte) bool {
	if len(in) < wordLen {
		return false
	}
	w := string(in[:wordLen])
	switch {
	case binary.BigEndian.Uint32(in) == telnetClose:
		h.fail(fmt.Errorf("%w: telnet's close", errProtocol))
		return true
	case w == "stmk" && len(in) < wordLen+traceArg && !h.link.InputEnded():
		h.link.Need(wordLen + traceArg)
		return true
	case isWord(w):
		h.word = w
		if w == "stmk" {
			h.word = string(in[:min(len(in), wordLen+traceArg)])
		}
		h.link.Consume(len(in))
		h.state = asking
		return true
	}
	return false
}

// ask passes the word on. The connection leaves its loop first: the answer takes time to gather, and a
// client that has closed its sending side meanwhile (zktop) still wants it.
func (h *Handler) ask() {
	if h.word == "" {
		return
	}
	w := h.word
	h.word = ""
	h.link.Move(nil)
	h.env.Words.Ask(w[:wordLen], []byte(w[wordLen:]), h)
}
