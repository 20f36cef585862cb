package run

import (
	"troupe/bench/load"
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
	return []Group{
		{Name: "reads", Tests: []Test{
			getData(16, 64).quick(perCPU(20)), getData(64, 1).quick(perCPU(2.5)), getData(1, 1).quick(perCPU(4)), getData(8, 1),
			Workload{Name: "getData of 100,000 at random", Conns: 16, Depth: 64, Needs: manyNodes(), Script: load.One(load.GetData(many, value, false).Random(manyOf))},
			Workload{Name: "exists", Conns: 16, Depth: 64, Needs: oneNode(value), Script: load.One(load.Exists(one))},
			Workload{Name: "getChildren of 10,000", Conns: 4, Depth: 4,
				Needs:  []load.Nodes{{Path: crowd + "/" + load.Number, Count: kidsOf}},
				Script: load.One(load.GetChildren(crowd, kidsOf))},
		}},
		{Name: "writes", Tests: []Test{
			setData(16, 64).quick(perCPU(5)), setData(64, 1).quick(perCPU(1.8)), setData(1, 1).quick(), setData(8, 1),
			Workload{Name: "create sequential ephemerals", Conns: 64, Depth: 4, Needs: []load.Nodes{{Path: "/bench/line"}},
				Script: load.Script{Ops: []load.Op{load.Create("/bench/line/n-", value, load.EphemeralSequential)}, Budget: 1_000_000}},
			Workload{Name: "create and delete in turn", Conns: 16, Depth: 16, Needs: []load.Nodes{{Path: "/bench/turn"}},
				Script: load.Script{Ops: []load.Op{
					load.Create("/bench/turn/"+load.Number, value, load.Persistent).Own(),
					load.Delete("/bench/turn/" + load.Number).Own(),
				}}},
			Workload{Name: "multi of 10 setData", Conns: 16, Depth: 8, Needs: manyNodes(), Script: load.One(load.MultiSet(many, value, 10).Random(manyOf))},
		}},
		{Name: "writes on a memory file system", Memory: true, Tests: []Test{setData(16, 64), setData(1, 1)}},
		{Name: "mixed", Tests: []Test{
			mixed(90, 64, 1), mixed(90, 16, 64), mixed(50, 64, 1), mixed(50, 16, 64),
		}},
		{Name: "sizes of values", Tests: []Test{
			sized("getData of 0 B", load.GetData(one, 0, false), 0, 16, 64),
			sized("getData of 1 KiB", load.GetData(one, 1<<10, false), 1<<10, 16, 16),
			sized("getData of 64 KiB", load.GetData(one, 64<<10, false), 64<<10, 16, 4),
			sized("getData of 512 KiB", load.GetData(one, 512<<10, false), 512<<10, 4, 2),
			sized("setData of 0 B", load.SetData(one, 0), 0, 16, 64),
			sized("setData of 1 KiB", load.SetData(one, 1<<10), 1<<10, 16, 16),
			sized("setData of 64 KiB", load.SetData(one, 64<<10), 64<<10, 16, 4),
			sized("setData of 512 KiB", load.SetData(one, 512<<10), 512<<10, 4, 2),
		}},
		{Name: "connections and depth", Tests: []Test{
			getData(1, 16), getData(1, 1024), getData(8, 16), getData(256, 1),
			getData(256, 16), getData(1000, 1), getData(1000, 16), getData(10000, 1),
			setData(1, 16), setData(1, 1024), setData(256, 1), setData(1000, 1), setData(1000, 16),
		}},
		{Name: "snapshots: none", Settings: map[string]string{"snapCount": "100000000"}, NoFloor: true, Tests: []Test{overMany()}},
		{Name: "snapshots: every 10,000", Settings: map[string]string{"snapCount": "10000"}, NoFloor: true, Tests: []Test{overMany()}},
		{Name: "sessions", Tests: []Test{
			storm{sessions: 10_000, width: 32}, storm{sessions: 10_000, width: 1_000},
		}},
		{Name: "watches", Tests: []Test{
			fanOut{watchers: 10_000},
		}, NoFloor: true},
		{Name: "idle sessions", Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{idle{sessions: 10_000}}},
		{Name: "a million znodes", Cold: true, Rounds: 1, NoFloor: true, Tests: []Test{million{}}},
	}
}

// perCPU is a goal for operations per second of the server's processor time.
func perCPU(ratio float64) report.Goal { return report.Goal{Metric: opsPerCPU, AtLeast: ratio} }

// quick puts w into the short selection, with what it is to reach.
func (w Workload) quick(goals ...report.Goal) Workload {
	w.Short, w.Goals = true, goals
	return w
}

func oneNode(value int) []load.Nodes { return []load.Nodes{{Path: one, Value: value}} }

func manyNodes() []load.Nodes { return []load.Nodes{{Path: many, Count: manyOf, Value: value}} }

func getData(conns, depth int) Workload {
	return Workload{
		Name: "getData", Conns: conns, Depth: depth,
		Needs: oneNode(value), Script: load.One(load.GetData(one, value, false)),
	}
}

func setData(conns, depth int) Workload {
	return Workload{
		Name: "setData", What: "each acknowledged after fdatasync", Conns: conns, Depth: depth,
		Needs: oneNode(value), Script: load.One(load.SetData(one, value)),
	}
}

func mixed(reads, conns, depth int) Workload {
	name := map[int]string{90: "90 % getData, 10 % setData", 50: "50 % getData, 50 % setData"}[reads]
	return Workload{
		Name: name, Conns: conns, Depth: depth, Needs: oneNode(value),
		Script: load.Script{Random: true, Ops: []load.Op{
			load.GetData(one, value, false).Share(reads), load.SetData(one, value).Share(100 - reads),
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
