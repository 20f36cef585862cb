package leader

// Sizes of encoded transactions: the header with the digest behind it, and what each path costs beside its bytes.
const (
	txnOverhead    = 32 + 12 + 4
	deleteOverhead = 4 + 4 + 4
)

// SplitClose divides the ephemerals of a session that is closed, so that no transaction becomes larger than limit bytes
// (ZOOKEEPER-4306: one with 100,000 paths cannot be sent, and a server that logged it cannot start again). Each of deletes
// is to be a multi of delete operations, proposed in this order before closeSession with the rest: transactions that
// Apache's servers understand. A path that alone is larger than limit stands alone.
func SplitClose(paths []string, limit int) (deletes [][]string, rest []string) {
	from, size := 0, txnOverhead
	for i, p := range paths {
		cost := len(p) + deleteOverhead
		if size+cost > limit && i > from {
			deletes = append(deletes, paths[from:i:i])
			from, size = i, txnOverhead
		}
		size += cost
	}
	return deletes, paths[from:]
}
