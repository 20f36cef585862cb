package link

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"troupe/zab/packet"
)

// secured are options with which links are TLS, both sides with one certificate made now.
func secured(t *testing.T, o Options) Options {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	certificates := []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	o.Wrap = func(ctx context.Context, raw net.Conn, address string) (net.Conn, error) {
		c := tls.Server(raw, &tls.Config{Certificates: certificates})
		if address != "" {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			c = tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: host})
		}
		return c, c.HandshakeContext(ctx)
	}
	return o
}

// Over TLS everything is as over TCP: packets, last words; and closing does not wait for a peer that reads nothing.
func TestTLS(t *testing.T) {
	leader, learner := pair(t, TCP(secured(t, Options{Linger: time.Minute})), "127.0.0.1:0")
	a, b := newEars(), newEars()
	leader.Start(a)
	learner.Start(b)
	var all []packet.Packet
	for i := range int64(100) {
		all = append(all, proposal(i, strings.Repeat("x", 10_000)))
	}
	leader.Send(all)
	leader.CloseAfterFlush()
	require.Error(t, b.end())
	require.Equal(t, all, b.heard())
	require.ErrorIs(t, a.end(), ErrClosed)

	leader, learner = pair(t, TCP(secured(t, Options{})), "127.0.0.1:0")
	e := newEars()
	leader.Start(e)
	leader.Send([]packet.Packet{proposal(1, strings.Repeat("x", 16<<20))})
	began := time.Now()
	leader.Close(nil)
	require.ErrorIs(t, e.end(), ErrClosed)
	require.Less(t, time.Since(began), 4*time.Second, "TLS waits 5 s to say that it closes")
	learner.Close(nil)
}

// A peer that speaks no TLS is refused, and the leader goes on.
func TestTLSRefused(t *testing.T) {
	o := secured(t, Options{})
	network := TCP(o)
	accepted := make(chan Link, 1)
	closer, err := network.Listen([]string{"127.0.0.1:0"}, func(l Link) { accepted <- l })
	require.NoError(t, err)
	address := closer.(*listener).Addrs()[0].String()
	plain, err := net.Dial("tcp", address)
	require.NoError(t, err)
	_, err = plain.Write(packet.LearnerInfo{SID: 1}.Packet(packet.FollowerInfo).Append(nil))
	require.NoError(t, err)
	done := make(chan error, 1)
	network.Dial([]string{address}, DialOptions{}, func(l Link, err error) {
		if err == nil {
			l.Close(nil)
		}
		done <- err
	})
	require.NoError(t, <-done)
	(<-accepted).Close(nil)
	_, err = plain.Read(make([]byte, 1))
	for err == nil {
		_, err = plain.Read(make([]byte, 100))
	}
	require.NoError(t, plain.Close())
	require.NoError(t, closer.Close())
}
