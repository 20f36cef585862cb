//go:build interop

package clients

import (
	"testing"
	"time"

	"troupe/interop/peer"
)

func TestCuratorRecipes(t *testing.T) {
	peer.Need(t, peer.ApacheServer, peer.JavaRuntime, peer.JavaCompiler, peer.Curator, peer.CuratorX)
	jars := []string{"curator-client", "curator-framework", "curator-recipes", "curator-x-discovery", "guava",
		"jackson-core", "jackson-databind", "jackson-annotations"}
	classes := peer.CompileJava(t, peer.Source("java", "recipes"), jars)
	s := start(t)
	passes(t, peer.Run(t, peer.Java(classes, jars, "Recipes", s.Addr), "", 3*time.Minute))
}
