package netio

// input is what a connection has received and its owner has not consumed yet.
type input struct {
	buffers *buffers
	in      []byte
	memory  []byte // what in lies in; nil if that is the loop's
	ended   bool   // the peer sends no more
	told    bool   // and the owner knows
	need    int    // below this many bytes there is no whole frame
}

// Input is what has arrived and was not consumed yet, contiguous. It is valid until Consume or the
// end of the turn.
func (i *input) Input() []byte { return i.in }

// InputEnded tells that the peer has closed its sending side; the owner closes the connection when it has answered.
func (i *input) InputEnded() bool { return i.ended }

// Consume drops the first n bytes of Input.
func (i *input) Consume(n int) {
	i.need = 0
	if i.in = i.in[n:]; len(i.in) == 0 {
		i.release()
	}
}

// Need says that the owner can do nothing before Input has n bytes: it spares it, and the copying of
// a large frame's beginning, a call for each packet.
func (i *input) Need(n int) { i.need = n }

// complete tells that the owner should look.
func (i *input) complete() bool {
	if i.ended {
		first := !i.told
		i.told = true
		return first
	}
	return len(i.in) >= i.need
}

// fill reads from the socket: into the loop's memory, or, if a large frame is under way, behind what has come of it.
func (i *input) fill(fd int, shared []byte) error {
	waiting := len(i.in)
	large := waiting > 0 && max(waiting, i.need) > len(shared)/2
	room := shared
	if large {
		i.grow()
		room = i.in[:cap(i.in)]
	} else {
		copy(room, i.in)
	}
	n, err := read(fd, room[waiting:])
	switch {
	case err != nil:
		return err
	case n == 0:
		i.ended = true
	case large:
		i.in = room[:waiting+n]
	default:
		i.release()
		i.in = room[:waiting+n]
	}
	return nil
}

// grow makes room for more of a large frame.
func (i *input) grow() {
	if len(i.in) == cap(i.in) {
		i.keep(i.in)
	}
}

// hold makes what is left the connection's own, as the loop reads into its memory again.
func (i *input) hold() {
	if i.memory == nil && len(i.in) > 0 {
		i.keep(i.in)
	}
}

// promised is how much of a frame must have come before its whole length is believed: who only announces a large frame gets
// no memory for it, but for twice of what was sent.
const promised = 16 << 10

// keep copies p into an array of the connection's own, with room for the rest of its frame.
func (i *input) keep(p []byte) {
	size := len(p)
	switch {
	case i.need > size && size >= promised:
		size = i.need
	case i.need > size:
		size = min(max(2*size, 4<<10), i.need)
	case cap(p) == size && i.memory != nil:
		size *= 2
	}
	array := append(i.buffers.get(size), p...)
	i.release()
	i.in, i.memory = array, array
}

// release gives back the array that the input lies in.
func (i *input) release() {
	i.buffers.put(i.memory)
	i.in, i.memory = nil, nil
}
