package persistence

import (
	"errors"
	"fmt"
	"io"
	"path"

	"troupe/persistence/vfs"
)

// tidyEnd cuts a torn tail off the newest log file, or removes the file if it holds nothing. What stays is made durable: it may have
// been written by a process that was killed before its sync, and from now on everything is built on it.
func (s *Store) tidyEnd(logs *Logs, rec *Recovery) error {
	name, end := logs.End()
	if name == "" {
		return nil
	}
	if end.Kind == EndClean {
		err := logs.r.file.Sync()
		if err == nil {
			err = s.fs.SyncDir(s.o.logDir())
		}
		if err != nil {
			return fmt.Errorf("syncing %s: %w", name, err)
		}
		return nil
	}
	size := logs.r.size
	empty := end.Kind == EndEmpty || end.Offset <= logHeaderSize
	var err error
	if empty {
		if err = s.fs.Remove(name); err == nil {
			err = s.fs.SyncDir(s.o.logDir())
		}
	} else {
		err = cutLog(s.fs, name, end.Offset)
	}
	if err != nil {
		return fmt.Errorf("cutting the torn end off %s: %w", name, err)
	}
	if end.Kind == EndEmpty {
		s.o.Logger.Warn().Str("file", name).Str("reason", end.Reason).Msg("removed an empty log file: its creation was interrupted")
		return nil
	}
	rec.Cut = &Cut{File: name, Offset: end.Offset, Bytes: size - end.Offset, Reason: end.Reason}
	return nil
}

// cutLog ends a log file at an entry's border. The mark is set there first, once everything before it is durable: it must never stand
// behind the end of the file.
func cutLog(f vfs.FS, name string, offset int64) error {
	file, err := f.OpenWrite(name)
	if err != nil {
		return err
	}
	defer file.Close()
	steps := []func() error{
		file.Sync,
		func() error { _, err := file.WriteAt(appendMark(nil, offset), markOffset); return err },
		file.Sync,
		func() error { return file.Truncate(offset) },
		file.Sync,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// giveUp ends the log where cause says that it cannot be read on, as AcceptLoss wants it: what is taken away is kept in
// lost.* files. Entry e is the one behind a gap or that is no transaction; of an undamaged file it is the zero value.
func (s *Store) giveUp(cause error, e Entry, rec *Recovery) error {
	file, offset := e.File, e.Offset
	var damage *DamageError
	if errors.As(cause, &damage) {
		file, offset = damage.File, damage.Offset
	} else if !errors.Is(cause, ErrMissing) {
		return cause
	}
	all, err := listFiles(s.fs, s.o.logDir(), logPrefix)
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- { // from the end, so that an interruption leaves a directory that still does not start
		name := path.Join(s.o.logDir(), all[i].name)
		if all[i].zxid < fileZxid(file) {
			break
		}
		lost := Cut{File: name, Bytes: all[i].size, Reason: cause.Error(), Saved: path.Join(s.o.logDir(), lostPrefix+all[i].name)}
		if name == file && offset > logHeaderSize {
			lost.Offset, lost.Bytes = offset, all[i].size-offset
			if err = copyFile(s.fs, s.o.logDir(), name, lost.Saved); err == nil {
				err = cutLog(s.fs, name, offset)
			}
		} else {
			err = s.fs.Rename(name, lost.Saved)
		}
		if err == nil {
			err = s.fs.SyncDir(s.o.logDir())
		}
		if err != nil {
			return fmt.Errorf("moving %s aside: %w", name, err)
		}
		rec.Lost = append(rec.Lost, lost)
	}
	return nil
}

func fileZxid(name string) int64 {
	zxid, _, _ := parseName(logPrefix, path.Base(name))
	return zxid
}

// copyFile copies a file, durably; both are in dir.
func copyFile(f vfs.FS, dir, from, to string) error {
	src, err := f.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	size, err := src.Size()
	if err != nil {
		return err
	}
	dst, err := f.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(&fileWriter{file: dst}, io.NewSectionReader(src, 0, size))
	if err == nil {
		err = dst.Sync()
	}
	if cerr := dst.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return f.SyncDir(dir)
}
