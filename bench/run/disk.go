package run

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// device counts what is written to the disk below a directory, by whomever. The count of
// /proc/PID/io would be the server's alone, but it has a whole folio for each page that is
// dirtied: a log that was laid out in large writes counted 2 MiB for a record of 200 bytes, of
// which the disk saw one block. The echo server, which writes nothing, shows what others write.
type device struct{ stat string }

// deviceOf finds the disk of dir. The zero device (a memory file system, or one that spans
// disks) has no count.
func deviceOf(dir string) (device, error) {
	var s unix.Stat_t
	if err := unix.Stat(dir, &s); err != nil {
		return device{}, fmt.Errorf("run: %s: %w", dir, err)
	}
	stat := fmt.Sprintf("/sys/dev/block/%d:%d/stat", unix.Major(s.Dev), unix.Minor(s.Dev))
	if _, err := os.Stat(stat); err != nil {
		return device{}, nil
	}
	return device{stat: stat}, nil
}

// known says whether there is a count.
func (d device) known() bool { return d.stat != "" }

// written is the number of bytes since the machine started.
func (d device) written() (int64, error) {
	if !d.known() {
		return 0, nil
	}
	text, err := os.ReadFile(d.stat)
	if err != nil {
		return 0, fmt.Errorf("run: %w", err)
	}
	const sectorsWritten, sectorBytes = 6, 512
	fields := strings.Fields(string(text))
	if len(fields) <= sectorsWritten {
		return 0, fmt.Errorf("run: %s has only %d fields", d.stat, len(fields))
	}
	sectors, err := strconv.ParseInt(fields[sectorsWritten], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("run: %s: %w", d.stat, err)
	}
	return sectors * sectorBytes, nil
}

// fileSystem names what dir is on: numbers of writes mean little without it.
func fileSystem(dir string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "unknown file system"
	}
	switch int64(s.Type) {
	case unix.TMPFS_MAGIC:
		return "tmpfs (memory, not a disk)"
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlayfs"
	}
	return fmt.Sprintf("file system %#x", s.Type)
}
