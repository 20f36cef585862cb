package persistence

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"troupe/persistence/vfs"
)

// lockName is a file that Apache ignores. It stays when the process ends; only the lock on it counts.
const lockName = "troupe.lock"

// openDirs makes, checks and locks the directories, finishes a replacement that a crash interrupted, and removes what it left half written.
func openDirs(f vfs.FS, o *Options) (locks []io.Closer, err error) {
	defer func() {
		if err != nil {
			unlock(locks)
			locks = nil
		}
	}()
	dirs := []string{o.DataDir}
	if o.DataLogDir != o.DataDir {
		dirs = append(dirs, o.DataLogDir)
	}
	for _, dir := range dirs {
		if err := ensureDir(f, dir, o.AutoCreateDirs); err != nil {
			return locks, err
		}
		version := path.Join(dir, versionDir)
		lock, err := f.Lock(path.Join(version, lockName))
		if err != nil {
			var held *vfs.LockedError
			if errors.As(err, &held) {
				return locks, &LockedError{Dir: version, PID: held.PID, Err: err}
			}
			return locks, &DirError{Dir: version, Reason: "cannot be written to", Err: err}
		}
		locks = append(locks, lock)
	}
	if err := finishReplacement(f, o); err != nil {
		return locks, err
	}
	for _, dir := range dirs {
		version := path.Join(dir, versionDir)
		if err := removeTemporary(f, version); err != nil {
			return locks, &DirError{Dir: version, Reason: "cannot be written to", Err: err}
		}
	}
	if len(dirs) == 2 {
		if err := checkSwapped(f, o); err != nil {
			return locks, err
		}
	}
	return locks, nil
}

func unlock(locks []io.Closer) {
	for _, l := range locks {
		l.Close()
	}
}

// ensureDir makes dir and its version-2, with durable names, if that is wanted.
func ensureDir(f vfs.FS, dir string, create bool) error {
	version := path.Join(dir, versionDir)
	there, err := vfs.Exists(f, version)
	switch {
	case err != nil:
		return &DirError{Dir: version, Reason: "cannot be read", Err: err}
	case there:
		return nil
	case !create:
		return &DirError{Dir: version, Reason: "is missing, and datadir.autocreate=false: check dataDir and dataLogDir, or let it be made"}
	}
	if err := f.MkdirAll(version); err != nil {
		return &DirError{Dir: version, Reason: "cannot be made", Err: err}
	}
	for _, d := range []string{dir, path.Dir(path.Clean(dir))} {
		if err := f.SyncDir(d); err != nil {
			return &DirError{Dir: d, Reason: "cannot be synced", Err: err}
		}
	}
	return nil
}

// removeTemporary removes files whose writing was interrupted.
func removeTemporary(f vfs.FS, dir string) error {
	infos, err := f.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, info := range infos {
		if strings.HasPrefix(info.Name, tmpPrefix) && !info.Dir {
			if err := f.Remove(path.Join(dir, info.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkSwapped refuses a configuration in which dataDir and dataLogDir were exchanged: it would look like an empty database.
func checkSwapped(f vfs.FS, o *Options) error {
	for _, c := range []struct{ dir, prefix, reason string }{
		{o.logDir(), snapshotPrefix, "holds snapshots, but is the directory of the logs: are dataDir and dataLogDir exchanged?"},
		{o.snapDir(), logPrefix, "holds transaction logs, but is the directory of the snapshots: are dataDir and dataLogDir exchanged? " +
			"(after moving to a dataLogDir of its own, move the log.* files there)"},
	} {
		files, err := listFiles(f, c.dir, c.prefix)
		if err != nil {
			return &DirError{Dir: c.dir, Reason: "cannot be read", Err: err}
		}
		if len(files) > 0 {
			return &DirError{Dir: c.dir, Reason: c.reason}
		}
	}
	return nil
}

// Sizes is how many bytes the directories of the snapshots and of the logs hold; the same number twice if they are one.
func (s *Store) Sizes() (snapshots, logs int64, err error) {
	snapshots, err = dirSize(s.fs, s.o.snapDir())
	if err == nil {
		logs, err = dirSize(s.fs, s.o.logDir())
	}
	return snapshots, logs, err
}

func dirSize(f vfs.FS, dir string) (int64, error) {
	infos, err := f.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("adding up the files in %s: %w", dir, err)
	}
	var sum int64
	for _, info := range infos {
		sum += info.Size
	}
	return sum, nil
}
