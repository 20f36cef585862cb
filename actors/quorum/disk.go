package quorum

import (
	"troupe/persistence"
	"troupe/zab"
	"troupe/zab/history"
)

// disk lends the log on disk to history.Decide.
type disk struct{ store Store }

// Open implements history.Disk.
func (d disk) Open(zxid int64) (history.Entries, int64, error) {
	logs, following, err := d.store.Following(zxid)
	if err != nil {
		return nil, 0, err
	}
	return entries{logs}, following, nil
}

// entries are log entries as Zab knows them.
type entries struct{ *persistence.Logs }

// Next implements history.Entries.
func (e entries) Next() (zab.Entry, error) {
	x, err := e.Logs.Next()
	return zab.Entry{Zxid: x.Zxid, Data: x.Bytes}, err
}
