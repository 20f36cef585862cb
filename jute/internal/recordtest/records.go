// Package recordtest helps tests that go over all records: it lists them, fills
// them at random and shows them as trees that can be compared with JSON.
package recordtest

import (
	"fmt"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/persistence"
	"troupe/jute/proto"
	"troupe/jute/quorum"
	"troupe/jute/txn"
)

// prefix is what the names of all of ZooKeeper's modules begin with.
const prefix = "org.apache.zookeeper."

// All returns an empty record of every class in zookeeper.jute, by full name. A
// test of package jute keeps the list complete.
func All() map[string]jute.Record {
	all := map[string]jute.Record{}
	for name, r := range map[string]jute.Record{
		"data.Id":                            &data.ID{},
		"data.ACL":                           &data.ACL{},
		"data.Stat":                          &data.Stat{},
		"data.StatPersisted":                 &data.StatPersisted{},
		"data.ClientInfo":                    &data.ClientInfo{},
		"proto.ConnectRequest":               &proto.ConnectRequest{},
		"proto.ConnectResponse":              &proto.ConnectResponse{},
		"proto.SetWatches":                   &proto.SetWatches{},
		"proto.SetWatches2":                  &proto.SetWatches2{},
		"proto.RequestHeader":                &proto.RequestHeader{},
		"proto.MultiHeader":                  &proto.MultiHeader{},
		"proto.AuthPacket":                   &proto.AuthPacket{},
		"proto.ReplyHeader":                  &proto.ReplyHeader{},
		"proto.GetDataRequest":               &proto.GetDataRequest{},
		"proto.SetDataRequest":               &proto.SetDataRequest{},
		"proto.ReconfigRequest":              &proto.ReconfigRequest{},
		"proto.SetDataResponse":              &proto.SetDataResponse{},
		"proto.GetSASLRequest":               &proto.GetSASLRequest{},
		"proto.SetSASLRequest":               &proto.SetSASLRequest{},
		"proto.SetSASLResponse":              &proto.SetSASLResponse{},
		"proto.CreateRequest":                &proto.CreateRequest{},
		"proto.CreateTTLRequest":             &proto.CreateTTLRequest{},
		"proto.DeleteRequest":                &proto.DeleteRequest{},
		"proto.GetChildrenRequest":           &proto.GetChildrenRequest{},
		"proto.GetAllChildrenNumberRequest":  &proto.GetAllChildrenNumberRequest{},
		"proto.GetChildren2Request":          &proto.GetChildren2Request{},
		"proto.CheckVersionRequest":          &proto.CheckVersionRequest{},
		"proto.GetMaxChildrenRequest":        &proto.GetMaxChildrenRequest{},
		"proto.GetMaxChildrenResponse":       &proto.GetMaxChildrenResponse{},
		"proto.SetMaxChildrenRequest":        &proto.SetMaxChildrenRequest{},
		"proto.SyncRequest":                  &proto.SyncRequest{},
		"proto.SyncResponse":                 &proto.SyncResponse{},
		"proto.GetACLRequest":                &proto.GetACLRequest{},
		"proto.SetACLRequest":                &proto.SetACLRequest{},
		"proto.SetACLResponse":               &proto.SetACLResponse{},
		"proto.AddWatchRequest":              &proto.AddWatchRequest{},
		"proto.WatcherEvent":                 &proto.WatcherEvent{},
		"proto.ErrorResponse":                &proto.ErrorResponse{},
		"proto.CreateResponse":               &proto.CreateResponse{},
		"proto.Create2Response":              &proto.Create2Response{},
		"proto.ExistsRequest":                &proto.ExistsRequest{},
		"proto.ExistsResponse":               &proto.ExistsResponse{},
		"proto.GetDataResponse":              &proto.GetDataResponse{},
		"proto.GetChildrenResponse":          &proto.GetChildrenResponse{},
		"proto.GetAllChildrenNumberResponse": &proto.GetAllChildrenNumberResponse{},
		"proto.GetChildren2Response":         &proto.GetChildren2Response{},
		"proto.GetACLResponse":               &proto.GetACLResponse{},
		"proto.CheckWatchesRequest":          &proto.CheckWatchesRequest{},
		"proto.RemoveWatchesRequest":         &proto.RemoveWatchesRequest{},
		"proto.GetEphemeralsRequest":         &proto.GetEphemeralsRequest{},
		"proto.GetEphemeralsResponse":        &proto.GetEphemeralsResponse{},
		"proto.WhoAmIResponse":               &proto.WhoAmIResponse{},
		"server.quorum.LearnerInfo":          &quorum.LearnerInfo{},
		"server.quorum.QuorumPacket":         &quorum.QuorumPacket{},
		"server.quorum.QuorumAuthPacket":     &quorum.QuorumAuthPacket{},
		"server.persistence.FileHeader":      &persistence.FileHeader{},
		"txn.TxnDigest":                      &txn.TxnDigest{},
		"txn.TxnHeader":                      &txn.TxnHeader{},
		"txn.CreateTxnV0":                    &txn.CreateTxnV0{},
		"txn.CreateTxn":                      &txn.CreateTxn{},
		"txn.CreateTTLTxn":                   &txn.CreateTTLTxn{},
		"txn.CreateContainerTxn":             &txn.CreateContainerTxn{},
		"txn.DeleteTxn":                      &txn.DeleteTxn{},
		"txn.SetDataTxn":                     &txn.SetDataTxn{},
		"txn.CheckVersionTxn":                &txn.CheckVersionTxn{},
		"txn.SetACLTxn":                      &txn.SetACLTxn{},
		"txn.SetMaxChildrenTxn":              &txn.SetMaxChildrenTxn{},
		"txn.CreateSessionTxn":               &txn.CreateSessionTxn{},
		"txn.CloseSessionTxn":                &txn.CloseSessionTxn{},
		"txn.ErrorTxn":                       &txn.ErrorTxn{},
		"txn.Txn":                            &txn.Txn{},
		"txn.MultiTxn":                       &txn.MultiTxn{},
	} {
		all[prefix+name] = r
	}
	return all
}

// Proto returns an empty record of the client protocol, nil if there is no class
// of that name.
func Proto(name string) jute.Record { return All()[prefix+"proto."+name] }

// TypeName is the Go type of a record, to compare it with another's.
func TypeName(r jute.Record) string { return fmt.Sprintf("%T", r) }
