package conn

import (
	"fmt"
	"net"
	"slices"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/proto"
)

// authenticate handles an auth packet. As with Apache it is answered at once, before replies that are
// still under way, and with zxid 0.
func (h *Handler) authenticate(xid int32, body []byte) {
	var p proto.AuthPacket
	d := jute.NewDecoder(body)
	p.Decode(&d)
	if err := d.Err(); err != nil {
		h.fail(fmt.Errorf("%w: an auth packet that cannot be read: %w", errProtocol, err))
		return
	}
	ids, err := h.env.ACL.Authenticate(peer{h.link}, p.Scheme, p.Auth)
	if err != nil {
		h.env.AuthFailed.Add(1)
		h.env.Log.Info().Err(err).Stringer("client", h.link.Remote()).Str("session", fmt.Sprintf("%#x", uint64(h.Session()))).
			Msg("authentication failed: connection closed")
		h.reply(xid, 0, proto.AuthFailed, nil)
		h.abandon()
		return
	}
	h.addIDs(ids)
	h.reply(xid, 0, proto.Ok, nil)
}

// peer is what a scheme may know of the connection.
type peer struct{ Link }

// RemoteAddr implements acl.Conn.
func (p peer) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(p.Remote()) }

// authEnough tells whether the client has proved what the server demands of all
// (enforce.auth.schemes, sessionRequireClientSASLAuth).
func (h *Handler) authEnough() bool {
	need := h.env.Limits.RequiredAuthSchemes
	if len(need) == 0 {
		return true
	}
	return slices.ContainsFunc(h.ids, func(id data.ID) bool { return slices.Contains(need, id.Scheme) })
}

// sasl answers a SASL step on a server without SASL configuration: no error and a null token, as
// Apache does. A null token ends the connection.
func (h *Handler) sasl(xid int32, body []byte) {
	var req proto.GetSASLRequest
	d := jute.NewDecoder(body)
	req.Decode(&d)
	if d.Err() != nil || req.Token == nil {
		h.fail(fmt.Errorf("%w: a SASL request without a token", errProtocol))
		return
	}
	res := proto.SetSASLResponse{}
	h.reply(xid, 0, proto.Ok, res.Append)
}
