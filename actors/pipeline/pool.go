package pipeline

import "sync"

// Pool keeps requests that have been answered for the next ones. A request is some 500 bytes: making each anew was half of
// all bytes that writes allocated. The zero value is ready, and safe for concurrent use.
type Pool struct{ requests sync.Pool }

// answerKept bounds the room for an answer that a request keeps, in bytes.
const answerKept = 2 << 10

// Get returns an empty request.
func (p *Pool) Get() *Request {
	if r, ok := p.requests.Get().(*Request); ok {
		return r
	}
	return new(Request)
}

// Put takes a request that nobody knows any more.
func (p *Pool) Put(r *Request) {
	answer, parts, body := r.Answer[:0], r.Result.Multi[:0], r.body[:0]
	if cap(answer) > answerKept {
		answer = nil
	}
	if cap(body) > answerKept {
		body = nil
	}
	clear(parts[:cap(parts)])
	*r = Request{Answer: answer, body: body}
	r.Result.Multi = parts
	p.requests.Put(r)
}
