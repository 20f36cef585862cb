package floor

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"
)

// Sync is what one fdatasync costs on a disk.
type Sync struct {
	PerSecond float64
	P50, P99  time.Duration
}

// Disk appends records of size bytes to a file in dir that was filled with zeros before, with an
// fdatasync after each, for about d. Nothing that makes each single write durable is quicker.
func Disk(dir string, size int, d time.Duration) (s Sync, err error) {
	const fileBytes = 16 << 20
	f, err := os.CreateTemp(dir, "fdatasync-*")
	if err != nil {
		return Sync{}, fmt.Errorf("floor: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if _, err := f.Write(make([]byte, fileBytes)); err != nil {
		return Sync{}, fmt.Errorf("floor: %w", err)
	}
	if err := f.Sync(); err != nil {
		return Sync{}, fmt.Errorf("floor: %w", err)
	}
	record := make([]byte, size)
	for i := range record {
		record[i] = 'r'
	}
	hist := hdrhistogram.New(100, int64(10*time.Second), 3)
	begin := time.Now()
	for at := int64(0); time.Since(begin) < d; at = (at + int64(size)) % (fileBytes - int64(size)) {
		t := time.Now()
		if _, err := f.WriteAt(record, at); err != nil {
			return Sync{}, fmt.Errorf("floor: %w", err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			return Sync{}, fmt.Errorf("floor: fdatasync: %w", err)
		}
		if err := hist.RecordValue(int64(time.Since(t))); err != nil {
			return Sync{}, fmt.Errorf("floor: fdatasync: %w", err)
		}
	}
	return Sync{
		PerSecond: float64(hist.TotalCount()) / time.Since(begin).Seconds(),
		P50:       time.Duration(hist.ValueAtQuantile(50)),
		P99:       time.Duration(hist.ValueAtQuantile(99)),
	}, nil
}
