//go:build interop

package differential

import (
	"testing"

	"troupe/interop/wire"
)

// TestSettings plays scripts to servers with other settings than the usual ones.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name       string
		settings   []string
		properties []string
		scenes     []scene
	}{
		{"without extended types and quotas", []string{"extendedTypesEnabled=false", "enforceQuota=false"}, nil, []scene{
			{"time to live", []string{"/plain"}, withoutExtendedTypes},
			{"quotas only warn", []string{"/quotas", "/zookeeper/quota/quotas"}, quotas},
		}},
		{"authentication enforced", []string{"enforce.auth.enabled=true", "enforce.auth.schemes=digest"}, nil, []scene{
			{"requests without authentication", []string{"/enforced"}, enforced},
		}},
		{"reconfig enabled", []string{"reconfigEnabled=true"}, nil, []scene{
			{"reconfig of a standalone server", nil, systemNodes},
		}},
		{"small frames", nil, []string{"jute.maxbuffer=4096"}, []scene{
			{"limits", []string{"/small"}, smallFrames},
		}},
		{"background removal", nil, []string{"znode.container.checkIntervalMs=200"}, []scene{
			{"containers and time to live", []string{"/removal"}, backgroundRemoval},
		}},
		{"no access control", []string{"skipACL=yes"}, nil, []scene{
			{"what each right allows", []string{"/rights"}, rights},
			{"which ACLs are accepted", []string{"/acls"}, acceptedACLs},
		}},
		{"another digest algorithm", []string{"DigestAuthenticationProvider.digestAlg=SHA-256",
			"DigestAuthenticationProvider.superDigest=" + superDigest256}, nil, []scene{
			{"authentication", []string{"/authentication"}, authentication},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := startPair(t, c.settings, c.properties)
			for _, sc := range c.scenes {
				t.Run(sc.name, func(t *testing.T) { p.run(t, sc) })
			}
		})
	}
}

// superDigest256 is base64(SHA-256("super:admin")).
const superDigest256 = "super:wtZw1Um4mq1rRKbXqxHs8ueodBP35/JhtBP/nwJ62WY="

func withoutExtendedTypes(s *script) {
	r := "/plain"
	s.open(0).send(0, mk(r, 0))
	for flags := int32(-1); flags < 8; flags++ {
		for _, ttl := range []int64{5, 0, 1 << 40} {
			one := wire.CreateTTLReq(r+"/t", nil, wire.OpenACL(), flags, ttl)
			s.send(0, one, multi(one), stat(r+"/t", false), rm(r+"/t"))
		}
		s.send(0, wire.CreateReq(wire.OpCreate, r+"/n", nil, wire.OpenACL(), flags), stat(r+"/n", false), rm(r+"/n"))
	}
	s.send(0, container(r+"/c"), stat(r+"/c", false), ls2(r, false))
}

func enforced(s *script) {
	r := "/enforced"
	silent := func(who int, cs ...call) {
		st := openStep(who)
		st.quiet = true // a barrier would be refused like any request
		s.add(st).add(step{who: who, do: send, calls: cs})
	}
	for _, req := range append(samples(r), wire.Bare(wire.OpPing), wire.Bare(wire.OpCloseSession)) {
		silent(0, call{Request: req, xid: 1})
		s.add(step{who: 0, do: await, note: "the close"})
	}
	silent(1, call{Request: wire.AuthReq("ip", nil), xid: -4}, call{Request: stat("/", false), xid: 1})
	s.add(step{who: 1, do: await, note: "the close"})
	for i, user := range []string{"alice:secret", superAuth} {
		silent(2+i, call{Request: digest(user), xid: -4})
		s.add(step{who: 2 + i, do: mute}).send(2+i, mk(r, 0), set(r, "x"), wire.Bare(wire.OpPing),
			wire.Bare(wire.OpCloseSession))
	}
}

// backgroundRemoval waits for each removal by its event.
func backgroundRemoval(s *script) {
	r := "/removal"
	s.open(0, 1).send(0, mk(r, 0), container(r+"/never-used"), container(r+"/c"), mk(r+"/c/x", 0))
	s.send(1, addWatch(r, 1)).send(0, rm(r+"/c/x")).add(step{who: 1, do: await, note: "the container goes"})
	s.send(0, wire.CreateTTLReq(r+"/t", nil, wire.OpenACL(), wire.WithTTL, 300), wire.CreateTTLReq(r+"/long", nil,
		wire.OpenACL(), wire.WithTTL, 3600000))
	s.add(step{who: 1, do: await, note: "the node's time is over"})
	s.send(0, wire.CreateTTLReq(r+"/kept", nil, wire.OpenACL(), wire.WithTTL, 100), mk(r+"/kept/child", 0)).send(1,
		stat(r+"/kept/child", true))
	s.send(0, rm(r+"/kept/child")).add(step{who: 1, do: await, note: "it goes without its child"})
	s.send(0, ls2(r, false))
}

func smallFrames(s *script) {
	r := "/small"
	data := func(n int) wire.Request { return wire.SetDataReq(r, make([]byte, n), -1) }
	s.open(0).send(0, mk(r, 0), data(4096-8-4-len(r)-4-4), get(r, false), stat(r, false))
	s.add(step{who: 0, do: raw, bytes: data(4096 - 8 - 4 - len(r) - 4 - 4 + 1).Frame(9), note: "one byte more"})
	s.open(0).send(0, stat(r, false))
	for range 40 { // a reply above the limit is the client's affair
		s.send(0, wire.CreateReq(wire.OpCreate,
			r+"/a-name-that-is-long-enough-to-fill-a-reply-with-forty-of-them-and-then-some-more-to-be-sure-of-it-", nil,
			wire.OpenACL(), wire.PersistentSeq))
	}
	s.send(0, ls2(r, false))
}
