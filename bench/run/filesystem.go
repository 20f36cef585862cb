package run

import (
	"fmt"

	"golang.org/x/sys/unix"
)

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
