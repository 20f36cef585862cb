package peer

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Usage is what a process and its children have used until now.
type Usage struct {
	CPU time.Duration // user and system
	RSS int64         // bytes, now
}

// clockTick is the unit of /proc/PID/stat: USER_HZ, which is 100 on all that Linux runs on here.
const clockTick = 10 * time.Millisecond

// readUsage asks the kernel about pid and its descendants.
func readUsage(pid int) (Usage, error) {
	proc := "/proc/" + strconv.Itoa(pid) + "/"
	var u Usage
	stat, err := os.ReadFile(proc + "stat")
	if err != nil {
		return u, fmt.Errorf("peer: %w", err)
	}
	if u.CPU, err = parseStat(stat); err != nil {
		return u, err
	}
	// The process's own clock counts nanoseconds, where stat counts ticks of 10 ms.
	if own, err := processClock(pid); err == nil {
		reaped, err := parseReaped(stat)
		if err != nil {
			return u, err
		}
		u.CPU = own + reaped
	}
	status, err := os.ReadFile(proc + "status")
	if err != nil {
		return u, fmt.Errorf("peer: %w", err)
	}
	kib, err := field(status, "VmRSS:")
	if err != nil {
		return u, err
	}
	u.RSS = kib << 10
	children, err := os.ReadFile(proc + "task/" + strconv.Itoa(pid) + "/children")
	if err != nil {
		return u, nil // a kernel without CONFIG_PROC_CHILDREN: none of the servers has any
	}
	for _, child := range strings.Fields(string(children)) {
		id, err := strconv.Atoi(child)
		if err != nil {
			return u, fmt.Errorf("peer: %schildren: %w", proc, err)
		}
		c, err := readUsage(id)
		if err != nil {
			continue // it has ended meanwhile
		}
		u.CPU, u.RSS = u.CPU+c.CPU, u.RSS+c.RSS
	}
	return u, nil
}

// processClock reads the CPU clock of another process (clock_getcpuclockid(3)).
func processClock(pid int) (time.Duration, error) {
	const cpuClockSched = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^uint32(pid)<<3|cpuClockSched), &ts); err != nil {
		return 0, err
	}
	return time.Duration(ts.Nano()), nil
}

// Fields of /proc/PID/stat, counted from behind the command's name (proc(5), less 3).
const (
	statUtime  = 11
	statStime  = 12
	statCutime = 13
	statCstime = 14
)

// parseStat adds up utime, stime, cutime and cstime.
func parseStat(stat []byte) (time.Duration, error) {
	return statTicks(stat, statUtime, statStime, statCutime, statCstime)
}

// parseReaped adds up cutime and cstime: what children have used that are gone.
func parseReaped(stat []byte) (time.Duration, error) { return statTicks(stat, statCutime, statCstime) }

func statTicks(stat []byte, which ...int) (time.Duration, error) {
	// The name is in parentheses and may hold anything, parentheses too.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	var sum int64
	for _, i := range which {
		if i >= len(fields) {
			return 0, fmt.Errorf("peer: /proc/PID/stat has only %d fields", len(fields))
		}
		v, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("peer: /proc/PID/stat: %w", err)
		}
		sum += v
	}
	return time.Duration(sum) * clockTick, nil
}

// field reads the number behind a label at the start of a line.
func field(text []byte, label string) (int64, error) {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, label); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			v, err := strconv.ParseInt(number, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("peer: %s %w", label, err)
			}
			return v, nil
		}
	}
	return 0, fmt.Errorf("peer: no %s in /proc", label)
}
