package sim

import (
	"errors"
	"fmt"
	"math/rand/v2"

	"troupe/jute/proto"
	"troupe/zab"
	"troupe/zab/leader"
	"troupe/zab/learner"
	"troupe/zab/packet"
)

// bug is a deliberate mistake of the drivers or the machines.
type bug struct {
	skipFsync, ackEarly, epochFirst, forgetAccepted bool
	leader                                          leader.Sabotage
	learner                                         learner.Sabotage
}

type message struct {
	packet     packet.Packet
	snapshot   []zab.Entry
	isSnapshot bool
}

// link is a connection: two queues that keep their order.
type link struct {
	id              leader.ID
	leader, learner *node
	toLearner       []message
	toLeader        []packet.Packet
}

// violation is what a run ends with when it finds that something is lost.
type violation string

type cluster struct {
	rnd   *rand.Rand
	bug   bug
	nodes []*node
	links []*link
	ids   leader.ID

	decided []zab.Entry     // by any leader, ever
	leaders map[int64]int64 // epoch -> who was established in it
	serial  int64
	calm    bool
	syncs   int // answered
}

// majority counts the voters 1..n.
type majority int

func (m majority) Quorum(has func(int64) bool) bool {
	n := 0
	for sid := range int64(m) {
		if has(sid + 1) {
			n++
		}
	}
	return n > int(m)/2
}

func newCluster(seed uint64, voters, observers int, b bug) *cluster {
	c := &cluster{rnd: rand.New(rand.NewPCG(seed, 7)), bug: b, leaders: map[int64]int64{}}
	for i := range voters + observers {
		n := &node{c: c, sid: int64(i + 1), observer: i >= voters}
		c.nodes = append(c.nodes, n)
		n.start()
	}
	return c
}

func (c *cluster) voters() majority {
	m := 0
	for _, n := range c.nodes {
		if !n.observer {
			m++
		}
	}
	return majority(m)
}

func (c *cluster) chance(percent int) bool { return c.rnd.IntN(100) < percent }

func (c *cluster) check(ok bool, format string, args ...any) {
	if !ok {
		panic(violation(fmt.Sprintf(format, args...)))
	}
}

func (c *cluster) must(err error) {
	if err != nil {
		c.check(false, "%v", err)
	}
}

// point is where a crash may come between two steps of a driver.
func (c *cluster) point(n *node) bool {
	if c.calm || c.rnd.IntN(150) > 0 {
		return false
	}
	n.crash()
	return true
}

func (c *cluster) byID(id leader.ID) *link {
	for _, k := range c.links {
		if k.id == id {
			return k
		}
	}
	return nil
}

// cut ends a connection for both sides; what was under way is lost.
func (c *cluster) cut(k *link) {
	for i, other := range c.links {
		if other == k {
			c.links = append(c.links[:i:i], c.links[i+1:]...)
			if k.leader.lead != nil {
				k.leader.lead.Disconnected(k.id)
			}
			if f := k.learner; f.link == k {
				f.link = nil
				if f.follow != nil {
					if f.wantsSnapshot && len(k.toLearner) > 0 && k.toLearner[0].isSnapshot { // half of it had come
						s := k.toLearner[0].snapshot
						if c.bug.learner.KeepPartial {
							f.tree = append([]zab.Entry{}, s[:len(s)/2]...)
						}
					}
					f.follow.Stop(errors.New("cut"))
					f.following()
				}
			}
			return
		}
	}
}

// establish: all of the leader's history is decided, and there is no other leader in the epoch.
func (c *cluster) establish(n *node) {
	epoch := n.lead.Epoch()
	other, taken := c.leaders[epoch]
	c.check(!taken || other == n.sid, "two leaders in epoch %d: %d and %d", epoch, other, n.sid)
	c.check(!taken, "epoch %d was led twice", epoch)
	c.leaders[epoch] = n.sid
	for i, e := range n.tree {
		c.decide(n, i, e)
	}
	for other := range c.leaders {
		if other > epoch { // it is late, and has been deposed without knowing it: it will decide nothing
			return
		}
	}
	c.check(len(n.tree) >= len(c.decided), "leader %d of epoch %d lacks %s, which was decided", n.sid, epoch, zab.Hex(last(c.decided)))
}

// decide: the leader n says that e is transaction number i.
func (c *cluster) decide(n *node, i int, e zab.Entry) {
	if i < len(c.decided) {
		c.check(same(c.decided[i:i+1], []zab.Entry{e}), "leader %d decides %s where %s was decided", n.sid, zab.Hex(e.Zxid), zab.Hex(c.decided[i].Zxid))
		return
	}
	c.check(i == len(c.decided), "leader %d decides %s with something missing before it", n.sid, zab.Hex(e.Zxid))
	c.decided = append(c.decided, e)
}

// consistent: who serves has nothing that was not decided.
func (c *cluster) consistent(n *node) {
	c.check(len(n.tree) <= len(c.decided), "server %d serves %s, which is not decided", n.sid, zab.Hex(last(n.tree)))
	c.check(len(n.tree) == 0 || same(n.tree[len(n.tree)-1:], c.decided[len(n.tree)-1:len(n.tree)]),
		"server %d serves %s in a wrong place", n.sid, zab.Hex(last(n.tree)))
}

// synced: a sync that came when so many transactions were decided is answered.
func (c *cluster) synced(n *node, decided int) {
	c.syncs++
	c.check(len(n.tree) >= decided, "server %d answers a sync with %d transactions, %d were decided when it came", n.sid, len(n.tree), decided)
}

// elect is the oracle: of a quorum of voters that look for a leader the best leads, the others follow it.
func (c *cluster) elect() {
	var looking []*node
	for _, n := range c.nodes {
		if n.up && !n.observer && n.lead == nil && n.follow == nil {
			looking = append(looking, n)
		}
	}
	c.rnd.Shuffle(len(looking), func(i, j int) { looking[i], looking[j] = looking[j], looking[i] })
	need := int(c.voters())/2 + 1
	if len(looking) < need {
		return
	}
	looking = looking[:need+c.rnd.IntN(len(looking)-need+1)]
	best := looking[0]
	for _, n := range looking[1:] {
		if n.better(best) {
			best = n
		}
	}
	best.lead = leader.New(leader.Options{
		SID: best.sid, Quorums: []zab.QuorumSet{c.voters()}, AcceptedEpoch: best.disk.now.accepted, CurrentEpoch: best.disk.now.current,
		LastZxid: best.zxid(), History: best.history, InitLimit: 20, SyncLimit: 10, Sabotage: c.bug.leader,
		LastCounter: 60, // so that epochs end now and then
	})
	best.decided = nil
	best.leading()
	for _, n := range looking {
		if n != best && best.lead != nil && c.chance(90) {
			c.connect(n, best)
		}
	}
}

func (n *node) better(o *node) bool {
	if a, b := n.disk.now.current, o.disk.now.current; a != b {
		return a > b
	}
	if n.zxid() != o.zxid() {
		return n.zxid() > o.zxid()
	}
	return n.sid > o.sid
}

func (c *cluster) connect(n, to *node) {
	c.ids++
	k := &link{id: c.ids, leader: to, learner: n}
	c.links = append(c.links, k)
	to.lead.Connect(k.id)
	n.link = k
	n.follow = learner.New(learner.Options{
		SID: n.sid, Observer: n.observer, AcceptedEpoch: n.disk.now.accepted, CurrentEpoch: n.disk.now.current, LastZxid: n.zxid(),
		NeedSnapshot: n.needSnapshot, InitLimit: 20, SyncLimit: 10, Sabotage: c.bug.learner,
	})
	n.following()
}

// join sends a server that looks for a leader to one, which may be deposed without knowing it.
func (c *cluster) join(n *node) {
	to := c.nodes[c.rnd.IntN(len(c.nodes))]
	if n.up && n.lead == nil && n.follow == nil && to.lead != nil {
		c.connect(n, to)
	}
}

func (c *cluster) proposeAt(n *node) {
	if n.lead != nil && n.lead.Established() {
		c.serial++
		_ = n.lead.Propose(txn(n.lead.LastProposed()+1, c.serial), nil)
	}
}

// request is a client at a server: a write or a sync.
func (c *cluster) request(n *node) {
	sync := c.chance(20)
	switch {
	case n.lead != nil && sync:
		_ = n.lead.SyncOwn(len(c.decided))
		n.leading()
	case n.lead != nil:
		c.proposeAt(n)
		n.leading()
	case n.follow != nil && n.serving && sync:
		_ = n.follow.Sync(packet.ClientRequest{}, len(c.decided))
		n.following()
	case n.follow != nil && n.serving:
		_ = n.follow.Forward(packet.ClientRequest{Op: proto.OpCreate})
		n.following()
	}
}

// deliver moves one message of a connection.
func (c *cluster) deliver(k *link) {
	up := c.chance(50)
	if up && len(k.toLeader) > 0 && k.leader.lead != nil {
		p := k.toLeader[0]
		k.toLeader = k.toLeader[1:]
		k.leader.lead.Step(k.id, p)
		k.leader.leading()
		return
	}
	f := k.learner
	if up || len(k.toLearner) == 0 || f.follow == nil {
		return
	}
	m := k.toLearner[0]
	k.toLearner = k.toLearner[1:]
	if m.isSnapshot {
		f.wantsSnapshot, f.needSnapshot = false, false
		f.tree, f.began = m.snapshot, 0
		f.history.Reset(last(f.tree))
		f.follow.SnapshotRead(nil)
	} else {
		f.follow.Step(m.packet)
	}
	f.following()
}

func (c *cluster) tick(n *node) {
	switch {
	case n.lead != nil:
		n.lead.Tick()
		n.leading()
	case n.follow != nil:
		n.follow.Tick()
		n.following()
	}
}

// step is one event of the run.
func (c *cluster) step() {
	n := c.nodes[c.rnd.IntN(len(c.nodes))]
	switch x := c.rnd.IntN(1000); {
	case x < 560:
		if len(c.links) > 0 {
			c.deliver(c.links[c.rnd.IntN(len(c.links))])
		}
	case x < 680:
		n.flush()
	case x < 780:
		n.apply()
	case x < 860:
		if !c.calm {
			c.request(n)
		}
	case x < 900:
		c.tick(n)
	case x < 930:
		c.join(n)
	case x < 960:
		c.elect()
	case x < 980:
		if !n.up {
			n.start()
		}
	case x < 990:
		if !c.calm && n.up {
			n.crash()
		}
	default:
		if !c.calm && len(c.links) > 0 {
			c.cut(c.links[c.rnd.IntN(len(c.links))])
		}
	}
}

// heal ends the faults and waits until all have the same.
func (c *cluster) heal() {
	c.calm = true
	for range 60000 {
		c.step()
		if c.quiet() {
			return
		}
	}
	c.check(false, "no agreement after the faults ended: %s", c.state())
}

// shutOut tells that an observer has accepted a later epoch than there is: it must wait for the next one.
func (c *cluster) shutOut(n *node) bool {
	for _, o := range c.nodes {
		if o.lead != nil && n.observer && o.lead.Epoch() < n.disk.now.accepted {
			return true
		}
	}
	return false
}

func (c *cluster) quiet() bool {
	leaders := 0
	for _, n := range c.nodes {
		if c.shutOut(n) {
			continue
		}
		if !n.up || len(n.logQueue) > 0 || !same(n.tree, c.decided) || n.follow != nil && !n.serving || n.follow == nil && n.lead == nil {
			return false
		}
		if n.lead != nil {
			leaders++
			if !n.lead.Established() || len(n.lead.Undecided()) > 0 {
				return false
			}
		}
	}
	return leaders == 1
}

func (c *cluster) state() string {
	s := fmt.Sprintf("%d decided", len(c.decided))
	for _, n := range c.nodes {
		s += fmt.Sprintf("; %d up=%v lead=%v follow=%v serving=%v zxid=%s (%d) epochs %d %d", n.sid, n.up, n.lead != nil, n.follow != nil, n.serving,
			zab.Hex(n.zxid()), len(n.tree), n.disk.now.accepted, n.disk.now.current)
	}
	return s
}
