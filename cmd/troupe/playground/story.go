package playground

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/rs/zerolog"
)

// event is what the lines of a server's log have in them that tell of its role.
type event struct {
	Message string `json:"message"`
	State   string `json:"state"`
	Leader  int64  `json:"leader"`
	Epoch   int64  `json:"epoch"`
	Round   int64  `json:"round"`
	Error   string `json:"error"`
}

// story tells what a line of a server's log says about its role; nothing if it does not.
func story(line []byte) string {
	var e event
	if json.Unmarshal(line, &e) != nil {
		return ""
	}
	switch e.Message {
	case "looking for a leader":
		if e.Round > 1 {
			return "" // that it has left its role was told already
		}
		return "looks for a leader"
	case "leading: a quorum follows, and clients are served", "leading: a quorum follows, and serves the clients (leaderServes=no)":
		return fmt.Sprintf("leads, epoch %d", e.Epoch)
	case "in step with the leader: clients are served":
		if e.State == "OBSERVING" {
			return fmt.Sprintf("observes server %d", e.Leader)
		}
		return fmt.Sprintf("follows server %d", e.Leader)
	case "no quorum: reads are served to clients that allow for it":
		return "serves reads alone: there is no quorum"
	case "leaving the role":
		if e.Error == "the server stops" {
			return ""
		}
		return "looks for a leader again: " + e.Error
	}
	return ""
}

// readable is a line of a log for a person, without the end of the line.
func readable(line []byte) []byte {
	var out bytes.Buffer
	w := zerolog.ConsoleWriter{Out: &out, NoColor: true, TimeFormat: "15:04:05"}
	if _, err := w.Write(line); err != nil {
		return bytes.TrimRight(line, "\n")
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}
