package peer

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Debian's places of what the tests use. The packages that put them there are named by [Need].
const (
	JavaDir    = "/usr/share/java"
	ZkCli      = "/usr/share/zookeeper/bin/zkCli.sh"
	CliMt      = "/usr/lib/zookeeper/bin/cli_mt"
	SystemPy   = "/usr/bin/python3"
	kazooDir   = "/usr/lib/python3/dist-packages/kazoo"
	zkHeader   = "/usr/include/zookeeper/zookeeper.h"
	zkJar      = JavaDir + "/zookeeper.jar"
	slf4jJar   = JavaDir + "/slf4j-simple.jar"
	curatorJar = JavaDir + "/curator-recipes.jar"
)

// Thing is something outside of Go that a test needs.
type Thing struct {
	Package string // the Debian package that brings it
	Path    string // an absolute path, or a command looked up in PATH
}

// The things that tests ask for.
var (
	ApacheServer = Thing{"zookeeper", zkJar}
	Slf4j        = Thing{"libslf4j-java", slf4jJar}
	JavaRuntime  = Thing{"default-jre-headless", "java"}
	JavaCompiler = Thing{"default-jdk-headless", "javac"}
	ApacheCli    = Thing{"zookeeper", ZkCli}
	Curator      = Thing{"libcurator-recipes-java", curatorJar}
	CuratorX     = Thing{"libcurator-discovery-java", JavaDir + "/curator-x-discovery.jar"}
	Kazoo        = Thing{"python3-kazoo", kazooDir}
	CClient      = Thing{"libzookeeper-mt-dev", zkHeader}
	CCli         = Thing{"zookeeper-bin", CliMt}
	CCompiler    = Thing{"gcc", "cc"}
)

// Need ends the test when one of the things is missing: with CI=true as a failure, otherwise as a skip that
// names the package to install.
func Need(t testing.TB, things ...Thing) {
	t.Helper()
	for _, x := range things {
		if x.present() {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: apt-get install %s", x.Path, x.Package)
		}
		t.Skipf("%s is missing, this test cannot run here: apt-get install %s", x.Path, x.Package)
	}
}

func (x Thing) present() bool {
	if filepath.IsAbs(x.Path) {
		_, err := os.Stat(x.Path)
		return err == nil
	}
	_, err := exec.LookPath(x.Path)
	return err == nil
}

// moduleRoot is the folder of go.mod, found from where this file was compiled.
func moduleRoot() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Source gives the path of a file or folder below interop/, such as "java/client".
func Source(elem ...string) string {
	return filepath.Join(append([]string{moduleRoot(), "interop"}, elem...)...)
}
