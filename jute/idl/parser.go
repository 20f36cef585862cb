package idl

import (
	"fmt"
	"strings"
)

// Parse reads the text of one file. Names and includes stay unresolved; that is
// the work of Load. The error is an *Error.
func Parse(path string, src []byte) (*File, error) {
	p := &parser{lex: newLexer(path, src)}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return p.file(path)
}

// parser looks one token ahead.
type parser struct {
	lex *lexer
	tok token
}

func (p *parser) advance() (err error) {
	p.tok, err = p.lex.next()
	return err
}

func (p *parser) at(text string) bool {
	return p.tok.text == text && (p.tok.kind == tokIdent || p.tok.kind == tokPunct)
}

func (p *parser) unexpected(want string) error {
	return &Error{p.tok.pos, fmt.Sprintf("expected %s, found %s", want, p.tok)}
}

// expect moves over a keyword or a mark.
func (p *parser) expect(text string) error {
	if !p.at(text) {
		return p.unexpected("'" + text + "'")
	}
	return p.advance()
}

// ident reads a name that is being given to something.
func (p *parser) ident(what string) (string, error) {
	if p.tok.kind != tokIdent {
		return "", p.unexpected(what)
	}
	if isKeyword(p.tok.text) {
		return "", &Error{p.tok.pos, fmt.Sprintf("%s cannot be %s: the word is reserved", what, p.tok)}
	}
	name := p.tok.text
	return name, p.advance()
}

func isKeyword(word string) bool {
	switch word {
	case "module", "class", "include", "vector", "map":
		return true
	}
	_, primitive := primitives()[word]
	return primitive
}

// name reads identifiers with dots between them.
func (p *parser) name(what string) (string, error) {
	var parts []string
	for {
		part, err := p.ident(what)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
		if !p.at(".") {
			return strings.Join(parts, "."), nil
		}
		if err := p.advance(); err != nil {
			return "", err
		}
	}
}

func (p *parser) file(path string) (*File, error) {
	f := &File{Path: path}
	for {
		switch {
		case p.at("include"):
			inc, err := p.include()
			if err != nil {
				return nil, err
			}
			f.Includes = append(f.Includes, inc)
		case p.at("module"):
			m, err := p.module()
			if err != nil {
				return nil, err
			}
			f.Modules = append(f.Modules, m)
		case p.tok.kind == tokEOF && len(f.Includes)+len(f.Modules) > 0:
			return f, nil
		default:
			return nil, p.unexpected("'include' or 'module'")
		}
	}
}

func (p *parser) include() (*Include, error) {
	inc := &Include{Pos: p.tok.pos}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.tok.kind != tokString {
		return nil, p.unexpected("the path of a file in double quotes")
	}
	inc.Path = p.tok.text
	return inc, p.advance()
}

func (p *parser) module() (_ *Module, err error) {
	m := &Module{Pos: p.tok.pos, Doc: p.tok.lead}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if m.Name, err = p.name("the name of a module"); err != nil {
		return nil, err
	}
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	for len(m.Records) == 0 || !p.at("}") {
		r, err := p.record(m.Name)
		if err != nil {
			return nil, err
		}
		m.Records = append(m.Records, r)
	}
	return m, p.advance()
}

func (p *parser) record(module string) (_ *Record, err error) {
	r := &Record{Module: module, Doc: p.tok.lead}
	if err := p.expect("class"); err != nil {
		return nil, err
	}
	r.Pos = p.tok.pos
	if r.Name, err = p.ident("the name of a class"); err != nil {
		return nil, err
	}
	if err := p.expect("{"); err != nil {
		return nil, err
	}
	for len(r.Fields) == 0 || !p.at("}") {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		r.Fields = append(r.Fields, f)
	}
	return r, p.advance()
}

func (p *parser) field() (_ *Field, err error) {
	f := &Field{Doc: p.tok.lead}
	if f.Type, err = p.typ(); err != nil {
		return nil, err
	}
	f.Pos = p.tok.pos
	if f.Name, err = p.ident("the name of a field"); err != nil {
		return nil, err
	}
	if err := p.expect(";"); err != nil {
		return nil, err
	}
	if f.Doc == "" {
		f.Doc = p.tok.tail
	}
	return f, nil
}

func (p *parser) typ() (_ *Type, err error) {
	t := &Type{Pos: p.tok.pos}
	if p.tok.kind != tokIdent {
		return nil, p.unexpected("a type")
	}
	if kind, ok := primitives()[p.tok.text]; ok {
		t.Kind = kind
		return t, p.advance()
	}
	switch p.tok.text {
	case "vector":
		t.Kind = Vector
		err = p.typeArgs(&t.Elem)
	case "map":
		t.Kind = Map
		err = p.typeArgs(&t.Key, &t.Elem)
	default:
		t.Kind = Ref
		t.Name, err = p.name("a type")
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// typeArgs reads <type, ...> behind vector or map.
func (p *parser) typeArgs(into ...**Type) (err error) {
	open := "<"
	if err := p.advance(); err != nil {
		return err
	}
	for _, arg := range into {
		if err := p.expect(open); err != nil {
			return err
		}
		if *arg, err = p.typ(); err != nil {
			return err
		}
		open = ","
	}
	return p.expect(">")
}
