package persistence

import (
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"troupe/persistence/vfs"
)

const (
	logPrefix      = "log"
	snapshotPrefix = "snapshot"
	// tmpPrefix starts the name of a file that is being written. Apache, which reads snapshot.5.tmp as a snapshot, ignores it.
	tmpPrefix = "tmp."
	// lostPrefix starts the name of a log that was moved aside by AcceptLoss.
	lostPrefix = "lost."
)

// dataFile is a log or snapshot in its directory.
type dataFile struct {
	name string
	zxid int64
	ext  string // what follows the zxid, without the dot
	size int64
}

// LogName is the name of the log file whose first transaction is zxid.
func LogName(zxid int64) string { return logPrefix + "." + strconv.FormatInt(zxid, 16) }

// SnapshotName is the name of the snapshot that was begun when zxid was the last transaction applied.
func SnapshotName(zxid int64, c Compression) string {
	name := snapshotPrefix + "." + strconv.FormatInt(zxid, 16)
	if c != NoCompression {
		name += "." + string(c)
	}
	return name
}

// parseName takes a name of the form prefix.<hex zxid>[.extension] apart.
func parseName(prefix, name string) (zxid int64, ext string, ok bool) {
	rest, ok := strings.CutPrefix(name, prefix+".")
	if !ok {
		return 0, "", false
	}
	hex, ext, _ := strings.Cut(rest, ".")
	v, err := strconv.ParseUint(hex, 16, 63)
	return int64(v), ext, err == nil
}

// listFiles lists the files of one kind by rising zxid. Logs have no extension, snapshots that of a known compression; all else is
// none of ours (backups, files under way). A directory that is not there is empty.
func listFiles(f vfs.FS, dir, prefix string) ([]dataFile, error) {
	infos, err := f.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	var files []dataFile
	for _, info := range infos {
		zxid, ext, ok := parseName(prefix, info.Name)
		if !ok || info.Dir || ext != "" && (prefix == logPrefix || !Compression(ext).valid()) {
			continue
		}
		files = append(files, dataFile{name: info.Name, zxid: zxid, ext: ext, size: info.Size})
	}
	slices.SortStableFunc(files, func(a, b dataFile) int { return cmp.Compare(a.zxid, b.zxid) })
	return files, nil
}
