package pipeline

import "sync"

// Pool keeps requests that have been answered for the next ones. A request is some 500 bytes: making each anew was half of
// all bytes that writes allocated. The zero value is ready, and safe for concurrent use.
type Pool struct{ requests sync.Pool }

// buffers are batches, and what the log entries of batches are cut from, to be used again standalone. A batch ends with sync, which
// makes its own of what comes, and that one with final; entries end with sync, which has copied them when it has given them to the
// log. On a member of an ensemble the actor between the stages may keep both, and there are no buffers: nil makes new ones.
type buffers struct{ pool, batches sync.Pool }

// entriesKept bounds a buffer that is used again, in bytes.
const entriesKept = 1 << 20

// entryGuess is about how long an entry is, in bytes.
const entryGuess = 192

func (b *buffers) get(entries int) *[]byte {
	if b != nil {
		if p, ok := b.pool.Get().(*[]byte); ok {
			return p
		}
	}
	p := make([]byte, 0, entryGuess*entries)
	return &p
}

func (b *buffers) put(p *[]byte) {
	if b == nil || p == nil || cap(*p) > entriesKept {
		return
	}
	*p = (*p)[:0]
	b.pool.Put(p)
}

// batchKept bounds a batch that is used again, in requests.
const batchKept = 4096

func (b *buffers) batch() *Batch {
	if b != nil {
		if x, ok := b.batches.Get().(*Batch); ok {
			return x
		}
	}
	return &Batch{}
}

// putBatch takes a batch whose requests have gone on.
func (b *buffers) putBatch(x *Batch) {
	if b == nil || cap(x.Requests) > batchKept {
		return
	}
	clear(x.Requests)
	*x = Batch{Requests: x.Requests[:0]}
	b.batches.Put(x)
}

// answerKept bounds the room for an answer that a request keeps, in bytes.
const answerKept = 2 << 10

// Get returns an empty request.
func (p *Pool) Get() *Request {
	if r, ok := p.requests.Get().(*Request); ok {
		return r
	}
	return new(Request)
}

// Put takes a request that nobody knows any more. Prep's outstanding changes that its transaction made may still have their paths
// in it, but they are dropped, unread, before anything is looked up (prepStage.share): the tree has that transaction.
func (p *Pool) Put(r *Request) {
	answer, parts, body := r.Answer[:0], r.Result.Multi[:0], r.body[:0]
	if cap(answer) > answerKept {
		answer = nil
	}
	if cap(body) > answerKept {
		body = nil
	}
	clear(parts[:cap(parts)])
	room := r.Room
	if !r.Read {
		room = room.Reset()
	}
	*r = Request{} // cleared in place: a literal with fields is built aside and copied
	r.Answer, r.body, r.Result.Multi, r.Room = answer, body, parts, room
	p.requests.Put(r)
}
