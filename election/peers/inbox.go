package peers

import "sync"

// maxInbox is how many messages may wait to be looked at.
const maxInbox = 100

// Message is one that a peer has sent. The receiver owns its bytes.
type Message struct {
	From  int64 // server id
	Bytes []byte
}

// inbox holds the messages of all peers; when it is full, the oldest is dropped.
type inbox struct {
	mu sync.Mutex // held by those who put
	c  chan Message
}

func newInbox() *inbox { return &inbox{c: make(chan Message, maxInbox)} }

func (b *inbox) put(m Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for {
		select {
		case b.c <- m:
			return
		default:
		}
		select {
		case <-b.c:
		default:
		}
	}
}
