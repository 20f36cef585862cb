package sim

import (
	"math/rand/v2"
	"time"
)

// scenario is a way to draw plans: what is likely to happen together.
type scenario struct {
	name   string
	weight int // of 100 plans about so many
	draw   func(r *rand.Rand, p *Plan)
}

// scenarios are all of them. The first one knows nothing in advance; the others lead to where mistakes have been made.
func scenarios() []scenario {
	return []scenario{
		{"anything", 46, anything},
		{"syncs", 6, syncs},
		{"observers", 6, observers},
		{"epochs", 6, epochs},
		{"rejoins", 5, rejoins},
		{"lost acks", 5, lostAcks},
		{"cut logs", 5, cutLogs},
		{"snapshots", 5, snapshots},
		{"groups", 4, groups},
		{"read-only", 4, readOnly},
		{"local sessions", 3, localOnes},
		{"moves", 3, moves},
		{"backups", 2, backups},
	}
}

func anything(r *rand.Rand, p *Plan) {
	p.Observers = r.IntN(2)
	drawCallers(r, p, 3+r.IntN(3))
	drawTempers(r, p)
	if r.IntN(4) == 0 {
		p.Voters = 5
	}
	if r.IntN(4) == 0 {
		p.LastCounter = uint32(20 + r.IntN(40))
	}
	drawUse(r, p)
	drawFaults(r, p, 2+r.IntN(14), []int{10, 8, 14, 14, 10, 4, 4, 8, 6, 4, 4, 6, 6, 6},
		[]Harm{Power, Kill, Fuse, Pause, Isolate, Deaf, Mute, Cut, OneWay, Slow, Full, Wipe, PowerAll, Drop})
}

// settledBy is when an ensemble serves, as a rule.
const settledBy = 500 * time.Millisecond

// episodes are so many, one after the other, each from a time on.
func (p *Plan) episodes(n int, each time.Duration, play func(at time.Duration)) {
	for i := range n {
		play(settledBy + time.Duration(i)*each)
	}
	p.Duration = settledBy + time.Duration(n)*each
}

// three are the servers in any order.
func three(r *rand.Rand) (a, b, c int) {
	x := r.Perm(3)
	return x[0] + 1, x[1] + 1, x[2] + 1
}

// residents are clients that each stay with a server, and are patient.
func residents(p *Plan, homes ...int) {
	for i, home := range homes {
		p.Callers = append(p.Callers, Caller{ID: i, Timeout: 4 * time.Second, Home: home})
	}
}

// syncs: leaders stand still, are deposed meanwhile, and are asked when they wake up.
func syncs(r *rand.Rand, p *Plan) {
	drawTempers(r, p)
	residents(p, 1, 2, 3, 0)
	p.episodes(2, 3*time.Second, func(at time.Duration) {
		for range 1 + r.IntN(2) {
			p.fault(Fault{At: at + between(r, 0, 500), For: between(r, 1200, 2600), Harm: draw(r, []int{6, 2, 2}, []Harm{Pause, Isolate, Mute}), A: r.IntN(4)})
		}
		if r.IntN(2) == 0 {
			p.fault(Fault{At: at + between(r, 0, 2500), For: between(r, 20, 300), Harm: StallTree, A: r.IntN(4)})
		}
	})
	drawOps(r, p, 250, 3, []int{3, 10, 12, 1}, []Kind{Create, Set, SyncGet, Watch})
}

// observers: a voter fails, and the others elect one whom they cannot join; observers can. When the first one comes back it does
// not hear who was elected.
func observers(r *rand.Rand, p *Plan) {
	p.Observers = 2
	drawTempers(r, p)
	drawCallers(r, p, 3)
	p.episodes(2, 4500*time.Millisecond, func(at time.Duration) {
		gone := draw(r, []int{1, 1, 6}, []int{1, 2, 3})
		a, b := min(gone%3, (gone+1)%3)+1, max(gone%3, (gone+1)%3)+1
		p.fault(Fault{At: at - between(r, 1, 100), For: between(r, 1500, 4000), Harm: Port, A: a, B: b})
		p.fault(Fault{At: at, For: between(r, 100, 1500), Harm: draw(r, []int{1, 1, 1}, []Harm{Power, Kill, Isolate}), A: gone})
		if r.IntN(4) > 0 {
			p.fault(Fault{At: at + between(r, 20, 500), For: between(r, 1500, 4000), Harm: Cut, A: gone, B: b})
		}
		if r.IntN(3) == 0 {
			p.fault(Fault{At: at + between(r, 0, 2000), For: between(r, 20, 500), Harm: draw(r, []int{1, 1}, []Harm{Power, Kill}), A: drawServer(r, 5)})
		}
	})
	drawUse(r, p)
}

// epochs: a learner fails while it makes the beginning of an epoch durable, and its leader soon after; who has what was
// decided before is not there meanwhile.
func epochs(r *rand.Rand, p *Plan) {
	drawTempers(r, p)
	drawCallers(r, p, 3)
	p.episodes(2, 3*time.Second, func(at time.Duration) {
		f, t, l := three(r)
		down := between(r, 100, 600)
		p.fault(Fault{At: at, For: down, Harm: draw(r, []int{1, 1}, []Harm{Power, Kill}), A: f})
		at += down
		p.fault(Fault{At: at - 10*time.Millisecond, For: between(r, 500, 1200), Harm: Isolate, A: t})
		p.fault(Fault{At: at - 8*time.Millisecond, For: between(r, 5, 40), Harm: Kill, A: l})
		p.fault(Fault{At: at + time.Millisecond, For: between(r, 500, 900), Harm: Fuse, A: f, N: 1 + r.IntN(12),
			On: draw(r, []int{6, 2, 2}, []string{"currentEpoch", "acceptedEpoch", "log."})})
		p.fault(Fault{At: at + between(r, 60, 600), For: between(r, 1000, 2500), Harm: draw(r, []int{1, 1}, []Harm{Power, Kill}), A: l})
	})
	drawUse(r, p)
}

// rejoins: a follower comes back while proposals wait for one that is slow, and is asked at once.
func rejoins(r *rand.Rand, p *Plan) {
	drawTempers(r, p)
	residents(p, 1, 2, 3, 1, 2, 3)
	p.episodes(3, 2*time.Second, func(at time.Duration) {
		f, t, _ := three(r)
		down := between(r, 20, 300)
		p.fault(Fault{At: at, For: down, Harm: draw(r, []int{1, 1}, []Harm{Power, Kill}), A: f})
		p.fault(Fault{At: at + between(r, 0, int(down/time.Millisecond)), For: between(r, 300, 950), Harm: draw(r, []int{3, 1, 1}, []Harm{StallLog, Pause, Isolate}), A: t})
	})
	drawOps(r, p, 400, 8, []int{4, 10, 10, 2, 2}, []Kind{Create, Set, Get, Watch, SyncGet})
}

// lostAcks: the leader's log is slow; a follower acknowledges, loses what it has acknowledged, and the leader fails when its log
// has caught up. The third one knows nothing.
func lostAcks(r *rand.Rand, p *Plan) {
	drawTempers(r, p)
	residents(p, 1, 2, 3, 3)
	p.episodes(2, 4*time.Second, func(at time.Duration) {
		f, t, _ := three(r)
		stall := between(r, 200, 800)
		p.fault(Fault{At: at, For: stall, Harm: StallLog})
		p.fault(Fault{At: at - between(r, 0, 20), For: stall + between(r, 100, 400), Harm: OneWay, B: t})
		again := at + between(r, 20, 200)
		p.fault(Fault{At: again, For: between(r, 1, 30), Harm: draw(r, []int{1, 1}, []Harm{Power, Kill}), A: f})
		p.fault(Fault{At: again, For: 2 * time.Second, Harm: StallLog, A: f})
		end := at + stall + between(r, 1, 150)
		p.fault(Fault{At: end + between(r, 0, 50), For: between(r, 5, 100), Harm: Power, A: f})
		p.fault(Fault{At: end, For: between(r, 1500, 3000), Harm: draw(r, []int{2, 1}, []Harm{Power, Kill}), A: 0})
	})
	drawOps(r, p, 300, 6, []int{4, 10, 2, 2}, []Kind{Create, Set, SyncGet, Ephemeral})
}

// cutLogs: the leader applies slowly; a follower comes back with what was decided, and is told to cut it off.
func cutLogs(r *rand.Rand, p *Plan) {
	drawTempers(r, p)
	residents(p, 1, 2, 3, 1, 2)
	p.episodes(2, 4*time.Second, func(at time.Duration) {
		f, t, _ := three(r)
		p.fault(Fault{At: at, For: between(r, 300, 1200), Harm: StallTree})
		p.fault(Fault{At: at - between(r, 0, 10), For: between(r, 500, 1200), Harm: OneWay, B: t})
		again, down := at+between(r, 10, 150), between(r, 1, 20)
		p.fault(Fault{At: again, For: down, Harm: Kill, A: f})
		p.fault(Fault{At: again + down + time.Millisecond, For: between(r, 300, 900), Harm: Fuse, A: f, N: 1 + r.IntN(24), On: "acceptedEpoch"})
		p.fault(Fault{At: again + down + between(r, 20, 300), For: between(r, 1500, 3000), Harm: draw(r, []int{1, 1}, []Harm{Power, Kill}), A: 0})
	})
	drawOps(r, p, 300, 6, []int{4, 10, 2, 2}, []Kind{Create, Set, SyncGet, Ephemeral})
}

// snapshots: a follower gets a snapshot in place of what it has, and the leader fails on the way; who is left was not there.
func snapshots(r *rand.Rand, p *Plan) {
	drawTempers(r, p)
	drawCallers(r, p, 4)
	p.Set = []string{"forceSnapshotSync=true"}
	p.episodes(2, 4*time.Second, func(at time.Duration) {
		f, t, l := three(r)
		p.fault(Fault{At: at, For: between(r, 1000, 2500), Harm: Power, A: t})
		p.fault(Fault{At: at + 50*time.Millisecond, For: between(r, 5, 40), Harm: Kill, A: l})
		again := at + between(r, 300, 800)
		p.fault(Fault{At: again, For: between(r, 1, 20), Harm: Kill, A: f})
		p.fault(Fault{At: again + 15*time.Millisecond, For: between(r, 1500, 3000), Harm: Torn})
	})
	drawUse(r, p)
}

// groups: quorums of groups and weights.
func groups(r *rand.Rand, p *Plan) {
	p.Voters, p.Observers = 5+r.IntN(2), r.IntN(2)
	p.Set = draw(r, []int{1, 1, 1}, [][]string{
		{"group.1=1:2", "group.2=3:4", "group.3=5"},
		{"group.1=1:2:3", "group.2=4:5", "weight.1=3", "weight.4=2"},
		{"group.1=1:2:3", "group.2=4", "group.3=5", "weight.2=0"},
	})
	if p.Voters == 6 {
		p.Set[0] += ":6"
	}
	drawCallers(r, p, 3)
	drawTempers(r, p)
	drawUse(r, p)
	drawFaults(r, p, 4+r.IntN(12), []int{10, 8, 10, 10, 14, 4, 4, 14, 6, 4, 6, 6, 6},
		[]Harm{Power, Kill, Fuse, Pause, Isolate, Deaf, Mute, Cut, OneWay, Slow, PowerAll, Drop, Port})
}

// readOnly: quorums are lost for some time, in which clients come that are content with reading.
func readOnly(r *rand.Rand, p *Plan) {
	p.Set = []string{"readonlymode.enabled=true"}
	drawTempers(r, p)
	drawCallers(r, p, 6)
	for i := range p.Callers {
		p.Callers[i].ReadOnly = i%3 > 0
		if i%3 == 1 {
			p.Callers[i].Begins = settledBy + between(r, 2000, 5000)
		}
	}
	p.episodes(1, 10*time.Second, func(at time.Duration) {
		f, t, l := three(r)
		p.fault(Fault{At: at + between(r, 0, 300), For: between(r, 4000, 8000), Harm: draw(r, []int{2, 1, 2}, []Harm{Power, Kill, Isolate}), A: f})
		p.fault(Fault{At: at + between(r, 0, 300), For: between(r, 4000, 8000), Harm: draw(r, []int{2, 1, 1}, []Harm{Power, Kill, Isolate}), A: t})
		if r.IntN(2) == 0 {
			p.fault(Fault{At: at + between(r, 0, 9000), For: between(r, 50, 500), Harm: draw(r, []int{1, 1, 1}, []Harm{Power, Kill, Pause}), A: l})
		}
	})
	drawUse(r, p)
}

// localOnes: sessions are of one server until they need more.
func localOnes(r *rand.Rand, p *Plan) {
	p.Set = []string{localSessions}
	if r.IntN(4) > 0 {
		p.Set = append(p.Set, "localSessionsUpgradingEnabled=true")
	}
	p.Observers = r.IntN(2)
	drawCallers(r, p, 5)
	drawTempers(r, p)
	drawOps(r, p, 150, 2, []int{10, 30, 4, 12, 10, 14, 20, 6, 1}, []Kind{Create, Set, Delete, Get, Watch, SyncGet, Ephemeral, Close, Hush})
	drawFaults(r, p, 2+r.IntN(8), []int{10, 8, 6, 10, 10, 4, 20}, []Harm{Power, Kill, Fuse, Pause, Isolate, Slow, Drop})
}

// moves: sessions go from server to server, and are used where they were.
func moves(r *rand.Rand, p *Plan) {
	p.Observers = r.IntN(2)
	drawCallers(r, p, 4)
	drawTempers(r, p)
	drawOps(r, p, 200, 2, []int{6, 30, 6, 10, 14, 8, 24, 2}, []Kind{Create, Set, Get, Watch, SyncGet, Ephemeral, Move, Close})
	drawFaults(r, p, r.IntN(6), []int{4, 4, 14, 6, 14, 6}, []Harm{Power, Kill, Pause, Isolate, Slow, Drop})
}

// backups: members get older files of their own back.
func backups(r *rand.Rand, p *Plan) {
	p.Observers = r.IntN(2)
	drawCallers(r, p, 4)
	drawTempers(r, p)
	p.episodes(2, 6*time.Second, func(at time.Duration) {
		p.fault(Fault{At: at + between(r, 0, 500), For: between(r, 300, 2000), Harm: Restore, A: 1 + r.IntN(p.servers())})
		for range r.IntN(3) { // while the copy is older than the server
			p.fault(Fault{At: at + between(r, 0, 1500), For: between(r, 5, 200), Harm: draw(r, []int{1, 1, 1}, []Harm{Power, Kill, Pause}), A: drawServer(r, p.servers())})
		}
		p.fault(Fault{At: at + between(r, 5500, 5900), For: between(r, 5, 300), Harm: draw(r, []int{1, 1, 1}, []Harm{Power, Kill, PowerAll}), A: drawServer(r, p.servers())})
	})
	drawUse(r, p)
}
