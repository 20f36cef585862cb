package run

import (
	"fmt"
	"slices"
	"time"

	"troupe/bench/load"
	"troupe/bench/peer"
	"troupe/bench/report"
)

// What the workloads work on.
const (
	one    = "/bench/one"
	many   = "/bench/many/" + load.Number
	crowd  = "/bench/crowd"
	value  = 100 // bytes, unless a workload says otherwise
	manyOf = 100_000
	kidsOf = 10_000
)

// Groups is everything that is measured, in its order. Goals are those of this project.
func Groups() []Group {
	return slices.Concat(loads(), scenes(), ensembles())
}

// loads are closed loads of one server.
func loads() []Group {
	return []Group{
		{Name: "reads", Tests: []Test{
			getData(16, 64).quick(perCPU(50), atMost(p99, 0.1)),
			getData(64, 1).quick(perCPU(3.3), report.Goal{Metric: opsPerSecond, AtLeast: 2}, atMost(p99, 1)),
			getData(1, 1).quick(perCPU(6), atMost(p50, 1./3)), getData(8, 1),
			Workload{Name: "getData of 100,000 at random", Conns: 16, Depth: 64, Needs: manyNodes(), Script: load.One(load.GetData(many, value, false).Random(manyOf))}.
				reach(perCPU(35)).like(load.One(load.EtcdGet(many, value).Random(manyOf))),
			Workload{Name: "exists", Conns: 16, Depth: 64, Needs: oneNode(value), Script: load.One(load.Exists(one))}.reach(perCPU(50)),
			Workload{Name: "getChildren of 10,000", Conns: 4, Depth: 4,
				Needs:  []load.Nodes{{Path: crowd + "/" + load.Number, Count: kidsOf}},
				Script: load.One(load.GetChildren(crowd, kidsOf))}.reach(perCPU(25)),
		}},
		{Name: "writes", Tests: []Test{
			setData(16, 64).quick(perCPU(12)), setData(64, 1).quick(perCPU(2.3)), setData(1, 1).quick(perCPU(2), atMost(p50, 0.6)), setData(8, 1),
			Workload{Name: "create sequential ephemerals", Conns: 64, Depth: 4, Needs: []load.Nodes{{Path: "/bench/line"}},
				Script: load.Script{Ops: []load.Op{load.Create("/bench/line/n-", value, load.EphemeralSequential)}, Budget: 1_000_000}}.reach(perCPU(8)),
			Workload{Name: "create and delete in turn", Conns: 16, Depth: 16, Needs: []load.Nodes{{Path: "/bench/turn"}},
				Script: load.Script{Ops: []load.Op{
					load.Create("/bench/turn/"+load.Number, value, load.Persistent).Own(),
					load.Delete("/bench/turn/" + load.Number).Own(),
				}}}.reach(perCPU(9)),
			Workload{Name: "multi of 10 setData", Conns: 16, Depth: 8, Needs: manyNodes(), Script: load.One(load.MultiSet(many, value, 10).Random(manyOf))}.reach(perCPU(7)),
		}},
		{Name: "writes on a memory file system", Memory: true, Tests: []Test{
			inMemory(setData(16, 64)).reach(perCPU(14)), inMemory(setData(1, 1)),
		}},
		{Name: "mixed", Tests: []Test{
			mixed(90, 64, 1).reach(perCPU(3.5)), mixed(90, 16, 64).reach(perCPU(18)), mixed(50, 64, 1), mixed(50, 16, 64),
		}},
		{Name: "sizes of values", Tests: []Test{
			sized("getData of 0 B", load.GetData(one, 0, false), 0, 16, 64),
			sized("getData of 1 KiB", load.GetData(one, 1<<10, false), 1<<10, 16, 16).reach(perCPU(18)),
			sized("getData of 64 KiB", load.GetData(one, 64<<10, false), 64<<10, 16, 4).reach(perCPU(1.7)),
			sized("getData of 512 KiB", load.GetData(one, 512<<10, false), 512<<10, 4, 2),
			sized("setData of 0 B", load.SetData(one, 0), 0, 16, 64),
			sized("setData of 1 KiB", load.SetData(one, 1<<10), 1<<10, 16, 16),
			sized("setData of 64 KiB", load.SetData(one, 64<<10), 64<<10, 16, 4),
			sized("setData of 512 KiB", load.SetData(one, 512<<10), 512<<10, 4, 2),
		}},
		{Name: "connections and depth", Tests: []Test{
			getData(1, 16), getData(1, 1024), getData(8, 16), getData(256, 1),
			getData(256, 16), getData(1000, 1), getData(1000, 16), getData(10000, 1),
			setData(1, 16), setData(1, 1024), setData(256, 1), setData(1000, 1), setData(1000, 16), setData(10000, 1),
		}},
	}
}

// scenes are what happens to one server beyond a load.
func scenes() []Group {
	return []Group{
		{Name: "snapshots", Settings: map[string]string{"snapCount": "10000"}, Beside: map[string]string{"snapCount": "100000000"},
			NoFloor: true, Tests: []Test{snapshots{load: overMany()}}},
		{Name: "sessions", Tests: []Test{
			storm{sessions: 10_000, width: 32, reach: 2.2}, storm{sessions: 10_000, width: 1_000, reach: 2.2},
		}},
		{Name: "expiry", NoFloor: true, Tests: []Test{expiry{sessions: 5_000, timeout: 12 * time.Second}}},
		{Name: "watches", NoFloor: true, Tests: []Test{
			fanOut{znodes: 1, watchers: 10_000, times: 5},
			fanOut{znodes: 100, watchers: 100, times: 20, reach: 10},
			fanOut{znodes: 10_000, watchers: 10, times: 3},
			fanOut{znodes: 1_000, watchers: 500, recursive: true, times: 3, reach: 10},
		}},
		{Name: "idle sessions", Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{idle{sessions: 10_000}}},
		{Name: "idle watches", Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{watchMemory{znodes: 10_000, watchers: 100}}},
		{Name: "idle watches of many znodes", Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{watchMemory{znodes: manyOf, watchers: 10}}},
		{Name: "a million znodes", Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{million{}}},
	}
}

// ensembles are members of one service. Their processor time is added up.
func ensembles() []Group {
	three, five := peer.Size{Voters: 3}, peer.Size{Voters: 3, Observers: 2}
	return []Group{
		{Name: "ensemble", Size: three, NoFloor: true, Tests: []Test{
			setData(1, 1).on(three, atLeader).reach(perCPU(2)), setData(64, 1).on(three, atLeader).reach(perCPU(4)), setData(16, 64).on(three, atLeader).reach(perCPU(10)),
			setData(1, 1).on(three, atFollowers), setData(64, 1).on(three, atFollowers), setData(16, 64).on(three, atFollowers),
			getData(1, 1).on(three, atFollowers), getData(64, 1).on(three, atFollowers), getData(16, 64).on(three, atFollowers), getData(16, 64).on(three, everywhere),
			mixed(90, 64, 1).on(three, everywhere),
			of{three, storm{sessions: 10_000, width: 32}}, of{three, expiry{sessions: 5_000, timeout: 12 * time.Second}},
		}},
		{Name: "ensemble with observers", Size: five, NoFloor: true, Tests: []Test{
			setData(64, 1).on(five, atLeader), setData(16, 64).on(five, atLeader), setData(64, 1).on(five, atObservers),
			getData(64, 1).on(five, atObservers), getData(16, 64).on(five, atObservers), getData(16, 64).on(five, everywhere),
		}},
		{Name: "failover", Size: three, NoFloor: true, Tests: []Test{
			of{three, failover{conns: 6, depth: 1, kills: 3}}, of{three, failover{conns: 64, depth: 1, lead: time.Second, trail: 2 * time.Second, kills: 3}},
		}},
		{Name: "resync", Size: three, Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{of{three, resync{znodes: millionOf}}}},
	}
}

// of is a test of an ensemble that is one of a single server otherwise.
type of struct {
	size peer.Size
	Test
}

// Row implements Test.
func (o of) Row() report.Row {
	row := o.Test.Row()
	row.Name = o.size.String() + ": " + row.Name
	return row
}

// perCPU is a goal for operations per second of the server's processor time.
func perCPU(ratio float64) report.Goal { return report.Goal{Metric: opsPerCPU, AtLeast: ratio} }

// atMost is a goal for the ratio of a metric.
func atMost(metric string, ratio float64) report.Goal {
	return report.Goal{Metric: metric, AtMost: ratio}
}

// quick puts w into the short selection, with what it is to reach.
func (w Workload) quick(goals ...report.Goal) Workload {
	w.Short, w.Goals = true, goals
	return w
}

// reach sets what w is to reach.
func (w Workload) reach(goals ...report.Goal) Workload { w.Goals = goals; return w }

// like says what the same work is for etcd, unless it is more than the calls that [load.Etcd]
// may have in flight on a connection.
func (w Workload) like(s load.Script) Workload {
	if w.Depth <= load.EtcdDepth {
		w.Etcd = s
	}
	return w
}

// on is w for a part of an ensemble.
func (w Workload) on(size peer.Size, where Where) Workload {
	place := string(where)
	if where == everywhere {
		place = "all"
	}
	w.Name, w.Where = fmt.Sprintf("%v, %s: %s", size, place, w.Name), where
	return w
}

// inMemory gives w a name of its own.
func inMemory(w Workload) Workload {
	w.Name, w.What = "on tmpfs: "+w.Name, "the log is in memory"
	return w
}

func oneNode(value int) []load.Nodes { return []load.Nodes{{Path: one, Value: value}} }

func manyNodes() []load.Nodes { return []load.Nodes{{Path: many, Count: manyOf, Value: value}} }

func getData(conns, depth int) Workload {
	return Workload{
		Name: "getData", Conns: conns, Depth: depth,
		Needs: oneNode(value), Script: load.One(load.GetData(one, value, false)),
	}.like(load.One(load.EtcdGet(one, value)))
}

func setData(conns, depth int) Workload {
	return Workload{
		Name: "setData", What: "each acknowledged after fdatasync", Conns: conns, Depth: depth,
		Needs: oneNode(value), Script: load.One(load.SetData(one, value)),
	}.like(load.One(load.EtcdPut(one, value)))
}

func mixed(reads, conns, depth int) Workload {
	name := map[int]string{90: "90 % getData, 10 % setData", 50: "50 % getData, 50 % setData"}[reads]
	return Workload{
		Name: name, Conns: conns, Depth: depth, Needs: oneNode(value),
		Script: load.Script{Random: true, Ops: []load.Op{
			load.GetData(one, value, false).Share(reads), load.SetData(one, value).Share(100 - reads),
		}},
		Etcd: load.Script{Random: true, Ops: []load.Op{
			load.EtcdGet(one, 0).Share(reads), load.EtcdPut(one, value).Share(100 - reads),
		}},
	}
}

func sized(name string, op load.Op, bytes, conns, depth int) Workload {
	return Workload{Name: name, Conns: conns, Depth: depth, Needs: oneNode(bytes), Script: load.One(op)}
}

// overMany writes to 100,000 znodes, which make a snapshot worth the name.
func overMany() Workload {
	return Workload{Name: "setData of 100,000 at random", Conns: 64, Depth: 1, Needs: manyNodes(), Script: load.One(load.SetData(many, value).Random(manyOf))}
}
