package sim

import (
	"os"
	"strconv"
	"testing"
)

func TestOne(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("SEED"))
	r := Run(NewPlan(uint64(n)), func(s string) { println(s) })
	t.Logf("%+v", r)
}
