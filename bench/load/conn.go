package load

// state is how far a connection has come.
type state uint8

const (
	stateConnecting state = iota // TCP connection under way
	stateGreeting                // ConnectRequest sent
	stateOpen                    // session established
	stateLost                    // to be dialled again, see Options.Resume
	stateClosed
)

// flight is a run of requests that were sent together.
type flight struct {
	sentAt int64 // nanoseconds of the worker's clock
	count  int
}

// conn is one client connection. It belongs to the goroutine of its worker.
type conn struct {
	id       int   // unique in the generator
	slot     int32 // index in its worker
	fd       int
	state    state
	begunAt  int64 // when the TCP connection was begun
	session  int64
	password [passwordBytes]byte
	sent     uint32 // number of the newest request
	answered uint32 // number of replies
	turn     int64
	played   int64 // requests of the script under way

	tries    int   // connections begun, of which each goes to the next address
	retryAt  int64 // when to dial again
	patience int64 // how long a handshake may take

	head    [greetingBytes]byte // start of a frame that a read has cut in two
	headLen int
	skip    int // bytes of the current frame that are still to come and are of no interest

	begun    int // etcd: answers of which the headers have come and the end has not
	received int // etcd: bytes since the window was opened

	owed    []byte // what the protocol itself has to say; goes out with the next request
	flights flightQueue
	pending []byte // encoded; pending[flushed:] was not yet taken by the kernel
	flushed int
}

// flightQueue is a ring of flights. It grows while a load starts and then stays.
type flightQueue struct {
	ring []flight // length a power of two
	head int
	size int
}

func (q *flightQueue) push(f flight) {
	if q.size == len(q.ring) {
		grown := make([]flight, max(2*len(q.ring), 2))
		for i := range q.size {
			grown[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
		}
		q.ring, q.head = grown, 0
	}
	q.ring[(q.head+q.size)&(len(q.ring)-1)] = f
	q.size++
}

// pop takes up to want requests of the oldest flight; count 0 says that none is in the air.
func (q *flightQueue) pop(want int) flight {
	if q.size == 0 {
		return flight{}
	}
	oldest := &q.ring[q.head]
	taken := flight{sentAt: oldest.sentAt, count: min(want, oldest.count)}
	oldest.count -= taken.count
	if oldest.count == 0 {
		q.head = (q.head + 1) & (len(q.ring) - 1)
		q.size--
	}
	return taken
}
