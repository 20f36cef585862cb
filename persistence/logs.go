package persistence

import (
	"errors"
	"io"
	"path"

	"troupe/persistence/vfs"
)

// Logs reads the entries of all log files of a directory in order, from a zxid on. It reads as Load does, but changes nothing; entries with
// zxids that were there before are passed over. Not safe for concurrent use.
type Logs struct {
	fs    vfs.FS
	dir   string
	files []dataFile // not opened yet
	limit func(name string) int64
	r     *LogReader
	isEnd bool  // r is the last file
	from  int64 // entries below are passed over
	last  int64 // zxid of the last entry read
}

// OpenLogs starts reading at the first entry with a zxid of at least from.
func OpenLogs(f vfs.FS, dir string, from int64) (*Logs, error) {
	files, err := listFiles(f, dir, logPrefix)
	if err != nil {
		return nil, err
	}
	return &Logs{fs: f, dir: dir, files: files[firstNeeded(files, from):], limit: wholeFile, from: from}, nil
}

// Following reads for a member whose last transaction is zxid: from the START of the newest log file that begins at or before it (of the oldest if there
// is none such), so that it shows what came before. following is the size, padding included, of all files after that one. It may run beside Append;
// where a Purge takes away a file before it is reached, Next fails.
func (s *Store) Following(zxid int64) (l *Logs, following int64, err error) {
	files, err := listFiles(s.fs, s.o.logDir(), logPrefix)
	if err != nil {
		return nil, 0, err
	}
	files = files[firstNeeded(files, zxid):]
	for _, d := range files[min(1, len(files)):] {
		following += d.size
	}
	return &Logs{fs: s.fs, dir: s.o.logDir(), files: files, limit: s.written}, following, nil
}

func wholeFile(string) int64 { return -1 }

// firstNeeded is the index of the file that may hold zxid: the last one that starts at or before it, else the first.
func firstNeeded(files []dataFile, zxid int64) int {
	first := 0
	for i, d := range files {
		if d.zxid <= zxid {
			first = i
		}
	}
	return first
}

// Next returns the next entry, whose bytes stay valid. io.EOF: that was the last; End tells how the last file ends.
// A *DamageError says where a file is damaged.
func (l *Logs) Next() (Entry, error) {
	for {
		if l.r == nil {
			if len(l.files) == 0 {
				return Entry{}, io.EOF
			}
			if err := l.open(); err != nil {
				return Entry{}, err
			}
		}
		e, err := l.r.Next()
		if err == nil {
			if e.Zxid >= l.from && e.Zxid > l.last {
				l.last = e.Zxid
				return e, nil
			}
			l.last = max(l.last, e.Zxid)
			continue
		}
		if !errors.Is(err, io.EOF) {
			return Entry{}, err
		}
		end := l.r.End()
		if end.Kind == EndDamaged || end.Kind == EndTorn && end.Whole && !l.isEnd {
			return Entry{}, l.r.damage(l.last)
		}
		if l.isEnd {
			return Entry{}, io.EOF
		}
		l.r.Close()
		l.r = nil
	}
}

func (l *Logs) open() error {
	name := path.Join(l.dir, l.files[0].name)
	r, err := OpenLog(l.fs, name, l.limit(name))
	if err != nil {
		var damage *DamageError
		if errors.As(err, &damage) {
			damage.LastOK = l.last
		}
		return err
	}
	l.r, l.files, l.isEnd = r, l.files[1:], len(l.files) == 1
	return nil
}

// End tells how the last file ends after Next has returned io.EOF, and its name; "" if there is no file.
func (l *Logs) End() (name string, end End) {
	if l.r == nil {
		return "", End{}
	}
	return l.r.Name(), l.r.End()
}

// Close closes the file that is open.
func (l *Logs) Close() error {
	if l.r == nil {
		return nil
	}
	return l.r.Close()
}
