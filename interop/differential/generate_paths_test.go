//go:build interop

package differential

import "troupe/interop/wire"

// tame is a well-formed path below the script's root, from so few names that requests meet.
func (g *generator) tame() string {
	if len(g.grown) > 0 && g.chance(8) {
		return g.grown[g.IntN(len(g.grown))]
	}
	path := g.root
	for range pick(g, 0, 1, 1, 1, 1, 2, 2, 2, 3) {
		path += "/" + pick(g, "a", "b", "c")
	}
	return path
}

// path is mostly tame; sometimes it is one of the forms that servers treat specially.
func (g *generator) path() string {
	if !g.chance(14) {
		return g.tame()
	}
	r := g.root
	return pick(g,
		"", "/", wire.Null, "x", r[1:], r+"/", r+"/a/", r+"//a", r+"/./a", r+"/..", r+"/../x", r+"/a/.", r+"/...",
		r+"/a\x00b", r+"/a\x01b", r+"/a\x1f", r+"/a\x7fb", r+"/a\u0085b", r+"/a\u00a0b", r+"/\u4e2d\u6587", r+"/\ue000",
		r+"/\uf8ff", r+"/\uf900", r+"/\ufff0", r+"/\uffef", r+"/\U0001f600", r+"/\xff\xfe", r+"/\xed\xa0\x80",
		r+"/\xc0\xaf",
		r+"/a\xe2\x82", r+"/\xf4\x90\x80\x80", r+"/ ", r+"/a b", r+"/%2f", "/zookeeper", "/zookeeper/config",
		"/zookeeper/quota",
		"/zookeeper/no/such", "/nosuch/a", r+"/a/b/c/a/b/c",
	)
}
