package load

// Script says what a connection sends: its operations in turn, or drawn by weight.
type Script struct {
	Ops []Op
	// Random draws each next operation by Op.Weight instead of taking turns.
	Random bool
	// Allow lists error codes that count as success (what is there already, say).
	Allow []int32
	// Budget ends the load after that many requests of a generator; 0 is no end.
	Budget int64
	// Each ends the load after that many requests of each connection; 0 is no end.
	Each int64
	// First is the number that [KeySequence] and [KeyOwn] start with.
	First int64
}

// One is the script of a single operation.
func One(op Op) Script { return Script{Ops: []Op{op}} }

// player draws the requests of one worker. It belongs to that worker's goroutine.
type player struct {
	ops      []Op
	draw     []uint16 // indexes of ops by weight; nil: in turn
	allow    []int32
	minReply int
	dialect  dialect
	left     int64 // requests that may still be begun; negative: without end
	each     int64 // requests of a connection; 0: without end
	first    int64 // of KeyOwn
	next     int64 // of KeySequence
	random   uint64
}

// newPlayer takes the share of worker i of n, which has conns connections.
func newPlayer(d dialect, s Script, i, n, conns int) *player {
	p := &player{dialect: d, ops: s.Ops, allow: s.Allow, left: -1, each: s.Each, first: s.First, minReply: s.Ops[0].Reply, random: uint64(i)*0x9E3779B97F4A7C15 + 1}
	for at, op := range s.Ops {
		p.minReply = min(p.minReply, op.Reply)
		if s.Random {
			for range max(op.Weight, 1) {
				p.draw = append(p.draw, uint16(at))
			}
		}
	}
	if s.Each > 0 {
		p.left = s.Each * int64(conns)
	}
	if s.Budget > 0 {
		// Even shares; the last worker takes the rest. Sequences follow one another.
		share := s.Budget / int64(n)
		p.left = share
		if i == n-1 {
			p.left = s.Budget - share*int64(n-1)
		}
		perOp := int64(max(len(s.Ops[0].numbers), 1))
		p.next = s.First + share*int64(i)*perOp
	}
	return p
}

// take reserves up to want requests for c and says how many it got.
func (p *player) take(c *conn, want int) int {
	if p.each > 0 {
		want = int(min(int64(want), p.each-c.played))
	}
	if p.left < 0 {
		return want
	}
	got := int(min(int64(want), p.left))
	p.left -= int64(got)
	return got
}

// append encodes the next request of c behind dst.
func (p *player) append(dst []byte, c *conn) []byte {
	var op *Op
	switch {
	case p.draw != nil:
		op = &p.ops[p.draw[p.below(int64(len(p.draw)))]]
	case len(p.ops) == 1:
		op = &p.ops[0]
	default:
		op = &p.ops[c.turn%int64(len(p.ops))]
	}
	at := len(dst)
	dst = append(dst, op.frame...)
	frame := dst[at:]
	c.sent++
	p.dialect.stamp(frame, c)
	if op.Keys != KeyNone {
		p.number(frame, op, c)
	}
	c.turn++
	c.played++
	return dst
}

func (p *player) number(frame []byte, op *Op, c *conn) {
	for _, off := range op.numbers {
		var v int64
		switch op.Keys {
		case KeyRandom:
			v = p.below(op.Range)
		case KeyOwn:
			v = p.first + int64(c.id)*OwnRange + c.turn/int64(len(p.ops))%OwnRange
		case KeySequence:
			v = p.next
			p.next++
		case KeyTurn:
			v = c.played
		}
		patchNumber(frame[off:off+numberWidth], v)
	}
}

// below draws a number from 0 to n-1 (xorshift64*, of which the high half is used).
func (p *player) below(n int64) int64 {
	p.random ^= p.random >> 12
	p.random ^= p.random << 25
	p.random ^= p.random >> 27
	high := (p.random * 0x2545F4914F6CDD1D) >> 32
	return int64(high * uint64(n) >> 32)
}

func (p *player) allowed(code int32) bool {
	for _, c := range p.allow {
		if c == code {
			return true
		}
	}
	return false
}
