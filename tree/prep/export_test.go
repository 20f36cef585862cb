package prep

// Sequential is opened to the tests.
var Sequential = sequential
