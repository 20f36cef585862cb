package tree

import (
	"troupe/jute"
	"troupe/jute/proto"
	"troupe/jute/txn"
)

// multi applies all parts, or none if one of them is an error: then those before the first error
// answer Ok, it its code, and those behind RuntimeInconsistency. (That the parts succeed was
// checked when the transaction was made; in replay one that has its effect already is passed over
// like a transaction of its own.)
func (s *step) multi(m *txn.MultiTxn) ([]OpResult, proto.Code) {
	records, err := decodeParts(m, s.header.Zxid)
	if err != nil {
		return nil, proto.MarshallingError
	}
	if results, failed := failedMulti(records); failed {
		return results, proto.Ok
	}
	results := make([]OpResult, len(records))
	for i, record := range records {
		results[i] = s.apply(m.Txns[i].Type, record)
	}
	return results, proto.Ok
}

func failedMulti(records []jute.Record) (results []OpResult, failed bool) {
	results = make([]OpResult, len(records))
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
	return results, failed
}
