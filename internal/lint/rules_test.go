package lint

import "testing"

// The rules of the repository hold for every source file. Each is explained where it stands; all files are
// parsed once for them.
func TestRules(t *testing.T) {
	files := sources(t)
	for name, rule := range map[string]func(*testing.T, []file){
		"imports run one way":                importsRunOneWay,
		"every folder has a direction":       everyFolderHasADirection,
		"outsiders stay behind one door":     outsidersStayBehindOneDoor,
		"files are short":                    filesAreShort,
		"packages are explained":             packagesAreExplained,
		"packages are named":                 packagesAreNamed,
		"tests do not sleep":                 testsDoNotSleep,
		"tests are not skipped":              testsAreNotSkipped,
		"only commands read the environment": onlyCommandsReadTheEnvironment,
		"no init":                            noInit,
		"nothing is left for later":          nothingIsLeftForLater,
	} {
		t.Run(name, func(t *testing.T) { rule(t, files) })
	}
}
