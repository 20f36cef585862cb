package gen

import (
	"strings"
	"unicode"
)

// goName turns the name of a class or a field into an exported Go name.
func goName(name string) string {
	var b strings.Builder
	for _, word := range words(name) {
		switch word = strings.ToUpper(word[:1]) + word[1:]; word {
		case "Id", "Acl", "Ttl":
			word = strings.ToUpper(word)
		}
		b.WriteString(word)
	}
	return b.String()
}

// fieldName is goName, kept apart from the methods of a record.
func fieldName(name string) string {
	switch name = goName(name); name {
	case "Append", "Decode", "Serialize", "Deserialize":
		name += "_"
	}
	return name
}

// words cuts camel case and underscores: GetACLRequest is Get, ACL, Request.
func words(name string) []string {
	var out []string
	for _, part := range strings.Split(name, "_") {
		start := 0
		for i := 1; i < len(part); i++ {
			upper := isUpper(part[i])
			if upper && (!isUpper(part[i-1]) || i+1 < len(part) && isLower(part[i+1])) {
				out = append(out, part[start:i])
				start = i
			}
		}
		if part != "" {
			out = append(out, part[start:])
		}
	}
	return out
}

func isUpper(c byte) bool { return unicode.IsUpper(rune(c)) }

func isLower(c byte) bool { return unicode.IsLower(rune(c)) }

// packageName is the last part of a module's name, in lower case.
func packageName(module string) string {
	return strings.ToLower(module[strings.LastIndexByte(module, '.')+1:])
}
