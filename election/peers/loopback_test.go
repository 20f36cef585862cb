package peers

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// loopback turns the addresses of the members into ports of this machine that were free.
type loopback struct {
	mu    sync.Mutex
	ports map[string]string
}

func (l *loopback) Dial(ctx context.Context, address string) (net.Conn, error) {
	l.mu.Lock()
	real, ok := l.ports[address]
	l.mu.Unlock()
	if !ok {
		return nil, errRefused
	}
	return TCP{KeepAlive: true}.Dial(ctx, real)
}

func (l *loopback) Listen(address string) (net.Listener, error) {
	listener, err := TCP{}.Listen("127.0.0.1:0")
	if err == nil {
		l.mu.Lock()
		l.ports[address] = listener.Addr().String()
		l.mu.Unlock()
	}
	return listener, err
}

// Over real sockets: four servers talk all at once, again and again; one is replaced by a new process in the middle.
func TestLoopback(t *testing.T) {
	network := &loopback{ports: map[string]string{}}
	var all []*server
	for sid := int64(1); sid <= 4; sid++ {
		all = append(all, start(t, network, sid, 4))
	}
	defer func() {
		for _, s := range all {
			s.Close()
		}
	}()
	// Everybody sends to everybody until all have this round's word of all.
	exchange := func(round int) {
		heard := make([]map[int64]bool, len(all))
		for i := range heard {
			heard[i] = map[int64]bool{}
		}
		word := fmt.Sprintf("round %d", round)
		require.Eventually(t, func() bool {
			done := true
			for i, s := range all {
				for to := int64(1); to <= 4; to++ {
					s.Send(to, []byte(word))
				}
				for _, text := range s.received() {
					var from int64
					var said string
					_, err := fmt.Sscanf(text, "%d: %s %s", &from, &said, new(string))
					require.NoError(t, err)
					if text == fmt.Sprintf("%d: %s", from, word) {
						heard[i][from] = true
					}
				}
				done = done && len(heard[i]) == len(all)
			}
			return done
		}, 20*time.Second, 5*time.Millisecond)
	}
	exchange(1)
	for round := 2; round < 5; round++ {
		victim := int64(round - 1)
		all[victim-1].Close()
		all[victim-1] = start(t, network, victim, 4)
		exchange(round)
	}
	for i, s := range all {
		others := slices.DeleteFunc([]int64{1, 2, 3, 4}, func(sid int64) bool { return sid == int64(i)+1 })
		require.Eventually(t, func() bool { return slices.Equal(others, s.Connected()) }, 5*time.Second, time.Millisecond)
	}
}
