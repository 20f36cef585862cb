// Package idl reads the language in which jute records are described: it turns
// .jute files into a resolved tree of modules, records and fields.
//
//	file     := ( include | module )+ EOF
//	include  := "include" CSTRING              "path", relative to the including file
//	module   := "module" name "{" record+ "}"
//	name     := IDENT ( "." IDENT )*
//	record   := "class" IDENT "{" ( field ";" )+ "}"
//	field    := type IDENT
//	type     := "map" "<" type "," type ">" | "vector" "<" type ">"
//	          | "byte" | "boolean" | "int" | "long" | "float" | "double"
//	          | "ustring" | "buffer" | name
//	IDENT    := [A-Za-z][A-Za-z0-9_]*
//	CSTRING  := '"' (any char but '"')+ '"'
//
// Comments are // to the end of the line and /* ... */. One that stands directly
// above a module, a class or a field, or behind a field on its line, belongs to
// it and is kept: generated code shows it.
//
// A record is declared before it is used, in the same file or in an included
// one; a name without a dot is looked up in the module at hand. So no record can
// contain itself, and every record has a least size.
//
// Load reads files, Parse one text; both report all that is wrong as Errors, each
// with file, line and column. The package does no I/O of its own: Load is given a
// function that reads a file.
package idl
