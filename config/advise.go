package config

import "fmt"

// advise notes what is allowed in an ensemble, but hardly what was meant.
func (c *Config) advise() {
	e := c.Ensemble
	if !e.Distributed() {
		return
	}
	me, member := e.Member(e.MyID)
	if voters := e.Voters(); len(e.Groups) == 0 && voters%2 == 0 && voters > 0 {
		text := fmt.Sprintf("is one of %d servers that vote: no more than %d may be lost, as with %d; an odd number is better", voters, voters/2-1, voters-1)
		if voters == 2 {
			text = "is one of 2 servers that vote: neither may be lost; make it three"
		}
		c.unwise("server."+itoa(e.Servers[0].ID), text)
	}
	if member && c.IsSet("peerType") && e.PeerType != me.Role {
		c.unwise("peerType", fmt.Sprintf("is %s, and the line of this server says %s; that line counts", e.PeerType, me.Role))
	}
	if e.MyID > maxSessionID {
		c.unwise("myid", fmt.Sprintf("is %d, and session ids have room for numbers up to %d: sessions may get the ids of those of server %d",
			e.MyID, maxSessionID, e.MyID&maxSessionID))
	}
	if e.ReconfigEnabled {
		c.unwise("reconfigEnabled", "is on, and this version of Troupe does not have dynamic reconfiguration: change the server lines of all servers, and restart them one by one")
	}
}

// maxSessionID is the largest number of a server that its session ids can tell: they begin with one byte of it.
const maxSessionID = 255

func (c *Config) unwise(key, text string) {
	place := c.settings[key].Place
	switch {
	case key == "myid":
		place = Place{File: c.Data.Dir + "/myid"}
	case place == (Place{}):
		place = Place{File: c.Ensemble.DynamicFile}
	}
	c.Notices = append(c.Notices, Notice{Unwise, place, key, text})
}
