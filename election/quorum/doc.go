// Package quorum answers who votes in an ensemble and which sets of voters may decide.
//
// A [Config] is one configuration of an ensemble: its members with roles and addresses, the rule by which votes are
// counted, and a version. It is a value: made once by [New] or [Parse], never changed, safe to share. Its text form
// is what servers exchange in election messages, in NEWLEADER and in the node /zookeeper/config.
//
// There are two rules (ZooKeeper's classes QuorumMaj and QuorumHierarchical, election.md section 6): [Majority] counts
// heads, [Hierarchical] counts weights within groups and then groups. While the members change, two configurations
// are in force at once and a decision needs a quorum in each: [Configs].
//
// It is not the parser of zoo.cfg (package config), it resolves no names and opens no connections.
package quorum
