package peers

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"troupe/jute"
)

// Versions of the initial message. Before ZooKeeper 3.5 it was only the id of the server, which is not negative.
const (
	helloPlain int64 = 0
	helloV1    int64 = -65536 // one address
	helloV2    int64 = -65535 // several addresses, joined by |
)

// maxHello is the most bytes that addresses in an initial message may have.
const maxHello = 2048

// Anonymous is the id with which an observer without an id introduces itself.
const Anonymous int64 = math.MaxInt64

// Hello is the initial message: what the server that connects sends first.
type Hello struct {
	ID int64
	// Addresses are the host:port at which the sender wants to be called back; none in the form before 3.5.
	Addresses []string
}

// Append appends the message: with one address version 1, with several version 2 if multi allows that, otherwise the
// first address.
func (h Hello) Append(dst []byte, multi bool) []byte {
	version, text := helloV1, ""
	if len(h.Addresses) > 0 {
		text = h.Addresses[0]
	}
	if multi {
		version, text = helloV2, strings.Join(h.Addresses, "|")
	}
	dst = jute.AppendLong(dst, version)
	dst = jute.AppendLong(dst, h.ID)
	dst = jute.AppendInt(dst, int32(len(text)))
	return append(dst, text...)
}

// ReadHello reads an initial message of any version, and nothing behind it. The error is a [ProtocolError] or that of r.
func ReadHello(r io.Reader) (Hello, error) {
	first, err := readLong(r)
	if err != nil {
		return Hello{}, err
	}
	if first >= helloPlain {
		return Hello{ID: first}, nil
	}
	if first != helloV1 && first != helloV2 {
		return Hello{}, protocolErrorf("initial message of version %d: versions %d and %d are known", first, helloV1, helloV2)
	}
	id, err := readLong(r)
	if err != nil {
		return Hello{}, err
	}
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return Hello{}, err
	}
	n := int32(binary.BigEndian.Uint32(size[:]))
	if n <= 0 || n > maxHello {
		return Hello{}, protocolErrorf("initial message of server %d with %d bytes of address: 1 to %d are allowed", id, n, maxHello)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return Hello{}, err
	}
	h := Hello{ID: id, Addresses: []string{string(text)}}
	if first == helloV2 {
		h.Addresses = strings.Split(string(text), "|")
	}
	for _, a := range h.Addresses {
		if err := checkAddress(a); err != nil {
			return Hello{}, protocolErrorf("initial message of server %d: %v", id, err)
		}
	}
	return h, nil
}

func readLong(r io.Reader) (int64, error) {
	var b [8]byte
	_, err := io.ReadFull(r, b[:])
	return int64(binary.BigEndian.Uint64(b[:])), err
}

func checkAddress(a string) error {
	host, port, err := net.SplitHostPort(a)
	if err != nil || host == "" || !utf8.ValidString(a) {
		return fmt.Errorf("%q is not host:port", a)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("%q has no port from 1 to 65535", a)
	}
	return nil
}

// isWildcard tells whether an address means all of a machine, so that nobody can call it.
func isWildcard(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsUnspecified()
}
