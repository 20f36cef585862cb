package conn

import (
	"fmt"

	"troupe/actors/operator/fourletter"
)

// greet looks at the first bytes of a connection and tells whether they are not a handshake.
func (h *Handler) greet(in []byte) bool {
	word, known := fourletter.Lookup(in)
	if !known {
		return false
	}
	if word == fourletter.TelnetClose {
		h.fail(fmt.Errorf("%w: telnet's close", errProtocol))
		return true
	}
	whole := fourletter.WordLen + word.ArgumentLen()
	if len(in) < whole && !h.link.InputEnded() {
		h.link.Need(whole)
		return true
	}
	h.word = word
	h.argument = append([]byte(nil), in[fourletter.WordLen:min(len(in), whole)]...)
	h.link.Consume(len(in))
	h.tally.Received++
	h.state = asking
	return true
}

// ask passes the word on. The answer takes time to gather; a client that has closed its sending side meanwhile (zktop)
// still wants it.
func (h *Handler) ask() {
	if h.word != "" && h.started {
		h.env.Words.Ask(h.word, h.argument, h)
		h.word = ""
	}
}
