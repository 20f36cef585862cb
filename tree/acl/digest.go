package acl

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"

	"troupe/jute"
	"troupe/jute/data"
)

// ErrUnknownAlgorithm is returned for a digestAlg that is not one of Java's names for a hash.
var ErrUnknownAlgorithm = errors.New("unknown digest algorithm")

var errNoCredentials = errors.New("no user:password was given")

// Digest is the scheme of user names and passwords. Its ids are user:base64(hash(user:password)).
type Digest struct {
	newHash func() hash.Hash
	super   string
}

// NewDigest returns the scheme with a hash by its Java name (empty: SHA1) and the id that makes a superuser (empty:
// none does).
func NewDigest(alg, superDigest string) (*Digest, error) {
	h, err := digestHash(alg)
	if err != nil {
		return nil, err
	}
	return &Digest{newHash: h, super: superDigest}, nil
}

func digestHash(alg string) (func() hash.Hash, error) {
	switch strings.ToUpper(alg) {
	case "", "SHA1", "SHA-1", "SHA":
		return sha1.New, nil
	case "MD5":
		return md5.New, nil
	case "SHA-224", "SHA224":
		return sha256.New224, nil
	case "SHA-256", "SHA256":
		return sha256.New, nil
	case "SHA-384", "SHA384":
		return sha512.New384, nil
	case "SHA-512", "SHA512":
		return sha512.New, nil
	case "SHA-512/224", "SHA512/224":
		return sha512.New512_224, nil
	case "SHA-512/256", "SHA512/256":
		return sha512.New512_256, nil
	case "SHA3-224":
		return func() hash.Hash { return sha3.New224() }, nil
	case "SHA3-256":
		return func() hash.Hash { return sha3.New256() }, nil
	case "SHA3-384":
		return func() hash.Hash { return sha3.New384() }, nil
	case "SHA3-512":
		return func() hash.Hash { return sha3.New512() }, nil
	}
	return nil, fmt.Errorf("%w %q: use SHA1, MD5, SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/224, SHA-512/256 or SHA3-224 to SHA3-512", ErrUnknownAlgorithm, alg)
}

// ID is the id that the credentials user:password prove; the user is what stands before the first colon.
func (d *Digest) ID(credentials string) string {
	user, _, _ := strings.Cut(credentials, ":")
	h := d.newHash()
	h.Write([]byte(credentials))
	return user + ":" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// Scheme is "digest".
func (d *Digest) Scheme() string { return SchemeDigest }

// Authenticate takes user:password in UTF-8. It fails only without any: a wrong password proves an identity that no
// ACL names.
func (d *Digest) Authenticate(_ Conn, auth []byte) ([]data.ID, error) {
	if auth == nil {
		return nil, errNoCredentials
	}
	id := d.ID(jute.Text(auth))
	ids := []data.ID{{Scheme: SchemeDigest, ID: id}}
	if d.super != "" && id == d.super {
		ids = append(ids, data.ID{Scheme: SchemeSuper})
	}
	return ids, nil
}

// Matches compares the two ids.
func (d *Digest) Matches(id, expr string) bool { return id == expr }

// IsAuthenticated is true: a digest proves who somebody is.
func (d *Digest) IsAuthenticated() bool { return true }

// Valid wants two parts with one colon between them. As in Apache the first part may be empty, and colons at the end
// do not count.
func (d *Digest) Valid(id string) bool {
	return id != jute.Null && strings.Count(strings.TrimRight(id, ":"), ":") == 1
}

// UserName is what stands before the first colon.
func (d *Digest) UserName(id string) string {
	user, _, _ := strings.Cut(id, ":")
	return user
}
