package zab

import "fmt"

// MaxEpoch is the last epoch that there may be: beyond it a zxid would be negative, which Apache's comparisons do not
// survive.
const MaxEpoch = 1<<31 - 1

// Epoch is the upper half of a zxid.
func Epoch(zxid int64) int64 { return zxid >> 32 }

// Counter is the lower half of a zxid. No transaction has the counter 0.
func Counter(zxid int64) uint32 { return uint32(zxid) }

// Zxid puts the two halves together.
func Zxid(epoch int64, counter uint32) int64 { return epoch<<32 | int64(counter) }

// Follows tells whether the transaction next may come right after the zxid prev in a history: the next counter of the
// same epoch, or the first one of a later epoch. Anything else is a hole or a repetition (ZOOKEEPER-4925).
func Follows(prev, next int64) bool {
	if Epoch(next) == Epoch(prev) {
		return next == prev+1
	}
	return next > prev && Counter(next) == 1
}

// Hex is how zxids stand in errors.
func Hex(zxid int64) string { return fmt.Sprintf("0x%x", uint64(zxid)) }
