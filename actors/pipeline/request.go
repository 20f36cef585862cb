package pipeline

import (
	"troupe/jute/proto"
	"troupe/tree"
	"troupe/tree/prep"
)

// Replier is the connection that waits for a request's answer.
type Replier interface {
	// Read answers a request that only reads, into it. It is called under the exclusive gate, in its
	// place between the transactions.
	Read(r *Request)
	// Reply hands the finished request back. It is called under the exclusive gate, in zxid order,
	// after the events of the request's transaction.
	Reply(r *Request)
}

// Request is one write, or a read behind one, on its way. It belongs to one stage at a time.
type Request struct {
	prep.Request
	Conn     Replier // nil if nobody waits
	Received int64   // when it arrived, Clock.Millis

	// Txn is what prep made of it; without one (Failed) the request changes nothing.
	Txn    tree.Txn
	HasTxn bool
	Failed proto.Code
	// Instead is what the client hears in place of SessionExpired; Ok for nothing else.
	Instead proto.Code
	// Result is what applying the transaction gave.
	Result tree.Result
	// Read marks a request that changes nothing: it travels behind the writes that its client sent before.
	// What it gives is Answer: whole frames, how many, and whether the connection ends after them.
	Read     bool
	Answer   []byte
	Messages int64
	Last     bool

	// Zxid is the last transaction applied when the answer was made: the reply header's zxid.
	Zxid int64

	entry   []byte // the transaction's bytes for the log
	inside  bool   // counted by Ref.Inside
	grouped bool   // counted by the door

	body []byte   // its own room for Body; see Keep
	then *Request // a read that its client sent right behind this request; see Follow

	// In a Line:
	behind  *Request // the next of its session
	after   int64    // its own transaction is later than this zxid
	settled bool     // it needs no transaction any more
}

// Foreign is a transaction that another server's client, or nobody, asked for: entry is its bytes.
func Foreign(x tree.Txn, entry []byte) *Request {
	r := &Request{}
	r.Become(x, entry)
	return r
}

// Become makes an empty request what Foreign gives.
func (r *Request) Become(x tree.Txn, entry []byte) {
	r.Txn, r.HasTxn, r.entry = x, true, entry
	r.Session, r.Cxid, r.Op = x.Header.ClientID, x.Header.Cxid, proto.Op(x.Header.Type)
}

// Follow lets a read of the same client follow r, which has not been answered yet: the final stage does it in the same
// breath, between r and what comes after. So a read behind a write needs no way of its own through prep and sync, and may
// still be let in while r is anywhere on its way. It is refused as r is where the session is at fault.
//
// REQUIRES: the gate, and that nothing follows r yet: the next read follows this one.
func (r *Request) Follow(read *Request) { r.then = read }

// Keep makes a copy of b the request's body, in room that is used again with the request (see Pool.Put). For each request to have
// new room took a third to half of all bytes that writes allocated.
func (r *Request) Keep(b []byte) {
	r.body = append(r.body[:0], b...)
	r.Body = r.body
}

// Following is the read that follows r, if there is one.
func (r *Request) Following() *Request { return r.then }

// sessionFault is what a read that follows r must hear too, because r was refused for its session's sake; else Ok.
func (r *Request) sessionFault() proto.Code {
	code := r.Failed
	if r.HasTxn {
		code = r.Result.Err
	}
	switch code {
	case proto.SessionExpired, proto.SessionMoved, proto.UnknownSession:
		if r.Instead == proto.Ok {
			return code
		}
	}
	return proto.Ok
}

// Entry is the transaction's bytes, until the request is given to the log.
func (r *Request) Entry() []byte { return r.entry }

// Batch is what a stage hands to the next.
type Batch struct {
	Requests []*Request

	entries *[]byte // what the requests' entries are cut from
}
