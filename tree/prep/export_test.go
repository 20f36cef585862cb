package prep

// Sequential is opened to the tests.
func Sequential(path string, created int32) string { return new(Room).sequential(path, created) }
