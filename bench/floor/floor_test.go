package floor_test

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/panjf2000/gnet/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"troupe/bench/floor"
	"troupe/bench/load"
)

// serve runs an echo until the test ends.
func serve(t *testing.T) (address string) {
	t.Helper()
	engines, served := make(chan gnet.Engine, 1), make(chan error, 1)
	go func() { served <- floor.NewEcho(func(e gnet.Engine) { engines <- e }).Serve("127.0.0.1:0") }()
	var engine gnet.Engine
	select {
	case engine = <-engines:
	case err := <-served:
		require.FailNow(t, "echo", "%v", err)
	}
	t.Cleanup(func() {
		// Stop looks only every half a second whether it is done; Serve knows at once.
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := engine.Stop(ctx); err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
		require.NoError(t, <-served)
	})
	fd, err := engine.Dup()
	require.NoError(t, err)
	defer func() { require.NoError(t, unix.Close(fd)) }()
	name, err := unix.Getsockname(fd)
	require.NoError(t, err)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(name.(*unix.SockaddrInet4).Port))
}

func TestAnswersHaveTheSizeOfAServers(t *testing.T) {
	c, err := load.Dial(t.Context(), serve(t), 10*time.Second)
	require.NoError(t, err)
	const stat, names = 68, 3 * (4 + 10)
	number := "/p/" + load.Number
	for _, step := range []struct {
		op   load.Op
		want int
	}{
		{load.Create(number, 9, load.Persistent), 4 + len(number)},
		{load.Create(number, 9, load.Persistent), 4 + len(number)},
		{load.Create(number, 9, load.Persistent), 4 + len(number)},
		{load.GetChildren("/p", 3), 4 + names},
		{load.SetData("/p", 77), stat},
		{load.GetData("/p", 77, false), 4 + 77 + stat},
		{load.Exists("/p"), stat},
		{load.Delete("/p"), 0},
		{load.Ping(), 0},
	} {
		body, err := c.Do(step.op, 0)
		require.NoError(t, err, step.op.Name)
		require.Len(t, body, step.want, step.op.Name)
	}
	require.NoError(t, c.Close())
}

func TestAFrameThatIsNoneCostsItsConnection(t *testing.T) {
	address := serve(t)
	for _, length := range []uint32{0, 7, 1 << 31, 64 << 20} {
		c, err := net.Dial("tcp", address)
		require.NoError(t, err)
		require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
		_, err = c.Write(binary.BigEndian.AppendUint32(nil, length))
		require.NoError(t, err)
		_, err = c.Read(make([]byte, 1))
		require.Error(t, err)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, c.Close())
	}
	c, err := load.Dial(t.Context(), address, 10*time.Second)
	require.NoError(t, err, "the others go on")
	require.NoError(t, c.Close())
}

func TestDiskIsTimedAndLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	s, err := floor.Disk(dir, 200, 20*time.Millisecond)
	require.NoError(t, err)
	require.Positive(t, s.PerSecond)
	require.Positive(t, s.P50)
	require.GreaterOrEqual(t, s.P99, s.P50)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)

	_, err = floor.Disk(dir+"/missing", 200, time.Millisecond)
	require.ErrorIs(t, err, os.ErrNotExist)
}
