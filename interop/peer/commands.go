package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// apacheCommand is the foreground server with flags for a quick start (not for measuring).
func apacheCommand(t testing.TB, cfg string, o Options) *exec.Cmd {
	t.Helper()
	Need(t, ApacheServer, Slf4j, JavaRuntime)
	args := []string{
		"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-Dzookeeper.jmx.log4j.disable=true",
	}
	args = append(args, o.JVM...)
	for _, p := range o.Properties {
		args = append(args, "-D"+p)
	}
	args = append(args, "-cp", zkJar+":"+slf4jJar, "org.apache.zookeeper.server.quorum.QuorumPeerMain", cfg)
	return exec.Command("java", args...)
}

// troupeCommand is `troupe serve` with the same file, and each property as --set.
func troupeCommand(t testing.TB, cfg string, o Options) *exec.Cmd {
	t.Helper()
	bin, err := troupeBinary()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"serve", cfg}
	for _, p := range o.Properties {
		args = append(args, "--set", p)
	}
	return exec.Command(bin, args...)
}

// troupeBinary is TROUPE_BIN, or the module's cmd/troupe built once for this test process. The name holds
// the parent's pid, so the binary is shared by the packages of one `go test` and made anew by the next.
var troupeBinary = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("TROUPE_BIN"); bin != "" {
		return bin, nil
	}
	bin := filepath.Join(os.TempDir(), fmt.Sprintf("troupe-interop-%d-%d", os.Getppid(), os.Getpid()))
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/troupe")
	cmd.Dir = moduleRoot()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/troupe: %w\n%s", err, out)
	}
	return bin, nil
})

// Cleanup removes the binary that this process built. TestMain calls it last.
func Cleanup() {
	if os.Getenv("TROUPE_BIN") != "" {
		return
	}
	_ = os.Remove(filepath.Join(os.TempDir(), fmt.Sprintf("troupe-interop-%d-%d", os.Getppid(), os.Getpid())))
}

// TroupeBinary is the path of the troupe binary.
func TroupeBinary(t testing.TB) string {
	t.Helper()
	bin, err := troupeBinary()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// Java gives a command that runs a class of the compiled folder classes, with the jars of Debian's
// /usr/share/java (named without .jar) on its path.
func Java(classes string, jars []string, class string, args ...string) *exec.Cmd {
	all := slices.Concat([]string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-ea",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", classPath(classes, jars), class,
	}, args)
	return exec.Command("java", all...)
}

// CompileJava compiles all sources of the folder into a directory of the test and gives its path.
func CompileJava(t testing.TB, folder string, jars []string) string {
	t.Helper()
	Need(t, JavaCompiler)
	files, err := filepath.Glob(filepath.Join(folder, "*.java"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Java sources in %s", folder)
	}
	out := t.TempDir()
	args := append([]string{"-nowarn", "-Xlint:none", "-d", out, "-cp", classPath(out, jars)}, files...)
	if msg, err := exec.Command("javac", args...).CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, msg)
	}
	return out
}

func classPath(classes string, jars []string) string {
	path := classes
	for _, j := range append(slices.Clone(jars), "zookeeper", "zookeeper-jute", "slf4j-api", "slf4j-simple") {
		path += ":" + filepath.Join(JavaDir, j+".jar")
	}
	return path
}
