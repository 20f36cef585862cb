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
	for i, record := range records {
		s.apply(&results[i], m.Txns[i].Type, record)
	}
	return results, proto.Ok
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
