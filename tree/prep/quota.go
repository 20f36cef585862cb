package prep

import "strings"

// overQuota reports whether a write is to be refused, for it would exceed a hard limit of the deepest quota above path.
// It is judged by what is applied, as in Apache: writes that are in flight together can exceed a limit.
func (p *Preparer) overQuota(path string, count, bytes int64) bool {
	if !p.options.EnforceQuota && p.options.OverQuota == nil {
		return false
	}
	hard, soft := p.tree.QuotaExceeded(path, count, bytes)
	if (hard || soft) && p.options.OverQuota != nil {
		p.options.OverQuota(path, hard)
	}
	return hard && p.options.EnforceQuota
}

const (
	zookeeperPath = "/zookeeper"
	quotaPath     = "/zookeeper/quota"
	limitsSuffix  = "/zookeeper_limits"
)

// killsWhenCreated names the limits node of which Apache ZooKeeper 3.8.0 dies when it is created: there is no quota for
// the root. It must be in no transaction, since members of the ensemble may be Apache's.
func killsWhenCreated(path string) bool { return path == quotaPath+limitsSuffix }

// killsWhenDeleted names the limits nodes of which Apache ZooKeeper 3.8.0 dies when they are deleted: it cuts as many
// characters off the parent's path as the path of quotas has, and uses the rest.
func killsWhenDeleted(path string) bool {
	parent, ok := strings.CutSuffix(path, limitsSuffix)
	return ok && strings.HasPrefix(parent, zookeeperPath) && len(parent) <= len(quotaPath)
}
