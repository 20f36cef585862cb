package tree

import "unsafe"

// A znode's path and data stand in its room: right behind the Node, in one object with it, if they are not too long, else in a
// buffer of their own. Only the size of the room is to be known, and follows from how much is in it: data of about the length that
// it had is written over it, and costs no allocation.

// inlineMost is the largest room, in bytes, that is made in one object with the node. What is abandoned with it when the data get
// another length is lost as long as the node lives.
const inlineMost = 256

// Rooms grow in small steps, and then in those of Go's size classes.
const (
	fineStep   = 16
	coarseStep = 32
	fineMost   = 160
	finest     = fineMost / fineStep // how many rooms there are of up to fineMost bytes
)

// roomFor is the size of the room that path and data of n bytes have.
func roomFor(n int) int {
	if n <= fineMost {
		return (n + fineStep - 1) &^ (fineStep - 1)
	}
	return (n + coarseStep - 1) &^ (coarseStep - 1)
}

// allocateNode makes a node with room for size bytes, and with an extra if it is owned. A znode in one object instead of up to three (the
// node, its bytes, its owner) is a third of the work for the garbage collector.
func allocateNode(size int, owned bool) *Node {
	room, kind := roomFor(size), 0
	if owned {
		kind = 1
	}
	switch {
	case room == 0 || room > inlineMost:
		n := makers[0][kind]()
		n.blob = unsafe.SliceData(make([]byte, room))
		return n
	case room <= fineMost:
		return makers[room/fineStep][kind]()
	default:
		return makers[finest+(room-fineMost)/coarseStep][kind]()
	}
}

// makers makes nodes with each room, the first ones with none; without and with an extra.
var makers = [...][2]func() *Node{
	{func() *Node { return new(Node) }, ownedBare},
	makersOf[[16]byte](), makersOf[[32]byte](), makersOf[[48]byte](), makersOf[[64]byte](), makersOf[[80]byte](), makersOf[[96]byte](),
	makersOf[[112]byte](), makersOf[[128]byte](), makersOf[[144]byte](), makersOf[[160]byte](),
	makersOf[[192]byte](), makersOf[[224]byte](), makersOf[[256]byte](),
}

func makersOf[Room any]() [2]func() *Node { return [...]func() *Node{leaf[Room], owned[Room]} }

func ownedBare() *Node {
	x := new(struct {
		Node
		extra extra
	})
	x.Node.extra = &x.extra
	return &x.Node
}

func leaf[Room any]() *Node {
	x := new(struct {
		Node
		room Room
	})
	x.blob = (*byte)(unsafe.Pointer(&x.room))
	return &x.Node
}

func owned[Room any]() *Node {
	x := new(struct {
		Node
		extra extra
		room  Room
	})
	x.Node.extra = &x.extra
	x.blob = (*byte)(unsafe.Pointer(&x.room))
	return &x.Node
}

// fill writes path and data into the room.
func (n *Node) fill(path string, content []byte) {
	n.pathLen = uint32(len(path))
	room := unsafe.Slice(n.blob, len(path)+len(content))
	copy(room[copy(room, path):], content)
	n.setDataLen(content)
}

// setData replaces the data, in place if the room is right for it.
func (n *Node) setData(content []byte) {
	path := n.path()
	size := len(path) + len(content)
	if roomFor(size) != roomFor(len(path)+n.DataLength()) {
		n.blob = unsafe.SliceData(make([]byte, roomFor(size)))
		n.fill(path, content)
		return
	}
	copy(unsafe.Slice(n.blob, size)[len(path):], content)
	n.setDataLen(content)
}

func (n *Node) setDataLen(content []byte) {
	n.dataLen = int32(len(content))
	if content == nil {
		n.dataLen = -1
	}
}
