package tree

import (
	"slices"

	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// multi applies all parts, or none if one of them is an error: then those before the first error
// answer Ok, it its code, and those behind RuntimeInconsistency. (That the parts succeed was
// checked when the transaction was made; in replay one that has its effect already is passed over
// like a transaction of its own.)
func (s *step) multi(results []OpResult, m *txn.MultiTxn, records []jute.Record) ([]OpResult, proto.Code) {
	if len(records) != len(m.Txns) {
		var err error
		if records, err = decodeParts(m, s.header.Zxid); err != nil {
			return nil, proto.MarshallingError
		}
	}
	if results == nil || cap(results) < len(records) {
		results = make([]OpResult, len(records))
	}
	results = results[:len(records)]
	clear(results)
	if slices.ContainsFunc(records, isError) {
		failedMulti(results, records)
		return results, proto.Ok
	}
	s.guessParts(records)
	for i, record := range records {
		s.apply(&results[i], m.Txns[i].Type, record)
	}
	return results, proto.Ok
}

// guessParts brings what the first parts are about into the processor's caches (Guess).
func (s *step) guessParts(records []jute.Record) {
	var paths [GuessBatch]string
	n := min(len(records), len(paths))
	for i, record := range records[:n] {
		switch r := record.(type) {
		case *txn.SetDataTxn:
			paths[i] = r.Path
		case *txn.DeleteTxn:
			paths[i] = r.Path
		}
	}
	var nodes [GuessBatch]*Node
	s.Guess(paths[:n], &nodes)
}

func isError(record jute.Record) bool {
	_, is := record.(*txn.ErrorTxn)
	return is
}

func failedMulti(results []OpResult, records []jute.Record) {
	failed := false
	for i, record := range records {
		code := proto.Ok
		if failed {
			code = proto.RuntimeInconsistency
		}
		if e, ok := record.(*txn.ErrorTxn); ok {
			code, failed = proto.Code(e.Err), true
		}
		results[i] = OpResult{Op: proto.OpError, Err: code}
	}
}
