package zab

// Entry is a transaction as it travels and as it stands in the log: Data is what tree.Txn.Append gives. Nobody changes
// Data once an Entry is made.
type Entry struct {
	Zxid int64
	Data []byte
}

// QuorumSet is a configuration of voters. The verifiers of package election/quorum are such.
type QuorumSet interface {
	// Quorum tells whether the servers for which has is true are enough. Servers that do not vote do not count.
	Quorum(has func(sid int64) bool) bool
}

// InAll tells whether the servers for which has is true are a quorum in every one of the sets, which must not be none.
func InAll(sets []QuorumSet, has func(sid int64) bool) bool {
	for _, s := range sets {
		if !s.Quorum(has) {
			return false
		}
	}
	return len(sets) > 0
}
