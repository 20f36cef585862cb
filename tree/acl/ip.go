package acl

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"troupe/jute/data"
)

// IP is the scheme of addresses: a.b.c.d, a.b.c.d/bits, and the same for version 6. A connection has the id of its
// remote address from its start; see IPID.
type IP struct{}

// IPID is the identity of a connection from an address. An address that is no IP address gives its text.
func IPID(addr net.Addr) data.ID {
	text := addr.String()
	if ap, err := netip.ParseAddrPort(text); err == nil {
		text = ap.Addr().Unmap().WithZone("").String()
	}
	return data.ID{Scheme: SchemeIP, ID: text}
}

// Scheme is "ip".
func (IP) Scheme() string { return SchemeIP }

// Authenticate gives the address of the connection, whatever the client sends.
func (IP) Authenticate(conn Conn, _ []byte) ([]data.ID, error) {
	return []data.ID{IPID(conn.RemoteAddr())}, nil
}

// Matches reports whether the address id lies in the prefix expr. An address in the IPv4 part of IPv6 counts as IPv4.
func (IP) Matches(id, expr string) bool {
	remote, ok := parseIP(id)
	if !ok {
		return false
	}
	prefix, ok := parsePrefix(expr)
	return ok && prefix.Contains(remote)
}

// IsAuthenticated is false: where somebody is does not say who it is.
func (IP) IsAuthenticated() bool { return false }

// Valid wants an address, or an address and the number of bits that count.
func (IP) Valid(id string) bool {
	_, ok := parsePrefix(id)
	return ok
}

// UserName is the address.
func (IP) UserName(id string) string { return id }

func parsePrefix(s string) (netip.Prefix, bool) {
	host, suffix, sliced := strings.Cut(s, "/")
	addr, ok := parseIP(host)
	if !ok {
		return netip.Prefix{}, false
	}
	bits := addr.BitLen()
	if sliced {
		n, err := strconv.ParseUint(suffix, 10, 8)
		if err != nil || int(n) > bits {
			return netip.Prefix{}, false
		}
		bits = int(n)
	}
	return netip.PrefixFrom(addr, bits), true
}

// parseIP accepts leading zeros in IPv4 addresses, as Apache does and netip does not; they are decimal.
func parseIP(s string) (netip.Addr, bool) {
	if a, ok := parseIPv4(s); ok {
		return a, true
	}
	if strings.IndexByte(s, ':') < 0 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}

func parseIPv4(s string) (netip.Addr, bool) {
	var b [4]byte
	for i := range b {
		part := s
		if i < len(b)-1 {
			var ok bool
			if part, s, ok = strings.Cut(s, "."); !ok {
				return netip.Addr{}, false
			}
		}
		n := 0
		for j := 0; j < len(part); j++ {
			if part[j] < '0' || part[j] > '9' || n > 255 {
				return netip.Addr{}, false
			}
			n = n*10 + int(part[j]-'0')
		}
		if part == "" || n > 255 {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
	}
	return netip.AddrFrom4(b), true
}
