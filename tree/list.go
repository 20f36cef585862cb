package tree

// nodeList is an unordered set of nodes, by number: the children of a node, the ephemerals of a session, all
// containers. A member knows its position (kept by the user of the list), so that it is removed by
// moving the last one into the hole.
//
// It is a list of chunks: growing a directory of a million children copies at most one chunk, never
// the whole list, so no create stalls. Positions run through the chunks; all but the last are full,
// and none is empty.
type nodeList struct {
	chunks [][]number
}

// chunkLen numbers take 8 KiB.
const chunkLen = 2048

func (l *nodeList) len() int {
	if len(l.chunks) == 0 {
		return 0
	}
	last := len(l.chunks) - 1
	return last*chunkLen + len(l.chunks[last])
}

func (l *nodeList) at(pos int) number     { return l.chunks[pos/chunkLen][pos%chunkLen] }
func (l *nodeList) set(pos int, n number) { l.chunks[pos/chunkLen][pos%chunkLen] = n }

// push adds n at the end and returns its position.
func (l *nodeList) push(n number) uint32 {
	pos := l.len()
	if pos%chunkLen == 0 {
		size := chunkLen
		if pos == 0 {
			size = 1
		}
		l.chunks = append(l.chunks, make([]number, 0, size))
	}
	last := &l.chunks[len(l.chunks)-1]
	if len(*last) == cap(*last) {
		*last = withCap(*last, min(2*cap(*last), chunkLen))
	}
	*last = append(*last, n)
	return uint32(pos)
}

// remove takes out the node at pos. The former last node takes its place and is returned, so that
// its position can be corrected; 0 if pos was the last.
func (l *nodeList) remove(pos uint32) (moved number) {
	end := len(l.chunks) - 1
	last := l.chunks[end]
	n := last[len(last)-1]
	if int(pos) != l.len()-1 {
		l.set(int(pos), n)
		moved = n
	}
	last = last[:len(last)-1]
	l.chunks[end] = last
	switch {
	case len(last) == 0:
		l.chunks[end] = nil
		l.chunks = l.chunks[:end]
	case end == 0 && len(last) <= cap(last)/4: // a directory that was large once does not stay so
		l.chunks[0] = withCap(last, cap(last)/2)
	}
	return moved
}

func withCap(nodes []number, size int) []number {
	return append(make([]number, 0, size), nodes...)
}
