package elect

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// maxWaiting is how many ballots of all peers may wait to be looked at; the oldest are dropped
// (QuorumCnxManager.RECV_CAPACITY). A mailbox would hold as many as a hostile peer sends.
const maxWaiting = 100

// ballot is a message of a peer as it came.
type ballot struct {
	from    int64
	message []byte
}

// ballotsWait tells the actor that there is something in its inbox.
type ballotsWait struct{}

// inbox holds ballots between the connections and the actor. Its methods may be called by any goroutine.
type inbox struct {
	mu      sync.Mutex
	waiting []ballot
	told    bool   // a ballotsWait is on its way
	wake    func() // nil until there is an actor
}

// put adds a ballot, in place of the oldest if there are too many.
func (b *inbox) put(from int64, message []byte) {
	b.mu.Lock()
	if len(b.waiting) >= maxWaiting {
		b.waiting = append(b.waiting[:0], b.waiting[1:]...)
	}
	b.waiting = append(b.waiting, ballot{from, message})
	b.unlockAndWake()
}

// belongTo names the actor that takes the ballots from now on.
func (b *inbox) belongTo(send actor.SenderContext, pid *actor.PID) {
	b.mu.Lock()
	b.wake = func() { send.Send(pid, ballotsWait{}) }
	b.unlockAndWake()
}

// unlockAndWake wakes outside of the lock: an actor may run on the stack of who wakes it.
func (b *inbox) unlockAndWake() {
	tell := b.wake != nil && !b.told && len(b.waiting) > 0
	if tell {
		b.told = true
	}
	b.mu.Unlock()
	if tell {
		b.wake()
	}
}

// take empties the inbox.
func (b *inbox) take() []ballot {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.waiting
	b.waiting, b.told = nil, false
	return all
}
