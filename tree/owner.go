package tree

import "math"

// Kind says how long a znode lives. It is encoded in the stored ephemeralOwner (Options.Kind).
type Kind uint8

// The kinds of znodes.
const (
	Persistent Kind = iota // until it is deleted
	Ephemeral              // until its session ends
	Container              // until the cleaner finds it empty after it had children
	TTL                    // until the cleaner finds it empty and unchanged for its time to live
)

// ContainerOwner is the stored ephemeralOwner of a container node.
const ContainerOwner int64 = math.MinInt64

// MaxTTL is the longest time to live of a TTL node, in milliseconds.
const MaxTTL int64 = 1<<40 - 1

const (
	extendedMask  int64 = -1 << 56              // 0xff in the top byte: the rest is not a session id but an extended type
	extendedType  int64 = 0xffff << 40          // bits 40-55 name the type; 0 is TTL, others are unknown
	emulatedValue int64 = 0x0fff_ffff_ffff_ffff // the TTL in the encoding of ZooKeeper 3.5.3
)

// TTLOwner is the stored ephemeralOwner of a node that lives ttl milliseconds. It is false outside
// 1..MaxTTL: such a transaction must be refused (Apache ZooKeeper 3.8.0 logs one with -1 and cannot
// start again).
func TTLOwner(ttl int64) (owner int64, ok bool) {
	if ttl < 1 || ttl > MaxTTL {
		return 0, false
	}
	return extendedMask | ttl, true
}

// Kind tells what a stored ephemeralOwner means. Without ExtendedTypes there are no TTL nodes:
// their owner is then taken for a session id. The same holds for an extended type that is not
// known.
func (o Options) Kind(owner int64) Kind {
	switch {
	case owner == 0:
		return Persistent
	case owner == ContainerOwner:
		return Container
	case o.ExtendedTypes && owner&extendedMask == extendedMask && owner&extendedType == 0:
		return TTL
	case o.ExtendedTypes && o.Emulate353TTL && owner < 0 && owner&extendedMask != extendedMask:
		return TTL
	default:
		return Ephemeral
	}
}

// ttlMillis is the time to live in the owner of a TTL node.
func ttlMillis(owner int64) int64 {
	if owner&extendedMask == extendedMask {
		return owner & MaxTTL
	}
	return owner & emulatedValue
}
