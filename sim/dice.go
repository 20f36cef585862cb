package sim

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// dice decide for one thing: an actor, a direction of a connection, a client. What they show depends on the plan's jitter, on
// whose they are and on the moment, and on nothing that others did: what is left out of a plan leaves the rest as it was.
type dice struct {
	who uint64
	at  time.Duration
	n   uint64 // throws at this moment
}

// diceOf are those of a thing that has a name for good.
func diceOf(kind uint64, numbers ...uint64) dice {
	who := mix(kind)
	for _, n := range numbers {
		who = mix(who + n)
	}
	return dice{who: who}
}

// The kinds of things that have dice.
const (
	diceMailbox uint64 = iota + 1
	diceSocket
	diceFlow
	diceBallot
	diceClient
	diceMachine
	diceDisk
	diceNet
	diceServer
)

func (w *world) throw(d *dice) uint64 {
	if d.at != w.now {
		d.at, d.n = w.now, 0
	}
	d.n++
	return mix(mix(mix(w.plan.Jitter^d.who)+uint64(w.now)) + d.n)
}

func (w *world) below(d *dice, n int) int { return int(w.throw(d) % uint64(n)) }

// lag is a delay: short as a rule, and in an even plan always the same.
func (w *world) lag(d *dice, usual, rare time.Duration) time.Duration {
	if w.plan.Even {
		return usual / 2
	}
	h := w.throw(d)
	x := time.Duration(h % uint64(usual))
	if h>>40%64 < uint64(w.plan.Sluggish) {
		x += time.Duration(mix(h) % uint64(rare))
	}
	return x
}

// random is chance for what needs much of it at once.
func (w *world) random(kind uint64, numbers ...uint64) *rand.Rand {
	d := diceOf(kind, numbers...)
	return rand.New(rand.NewPCG(w.plan.Jitter, mix(d.who+uint64(w.now))))
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func hashOf(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
