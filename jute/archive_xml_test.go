package jute_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/internal/sample"
	"troupe/jute/proto"
)

// Order decides, not names; what does not count is passed over.
func TestXMLTolerance(t *testing.T) {
	var r data.ACL
	require.NoError(t, r.Deserialize(jute.NewXMLInput([]byte(`<?xml version="1.0"?>
		<!-- a comment --><value><struct>
		  <member><name>whatever</name><value><int>31</int></value></member>
		  <value><struct><string>wor<![CDATA[l]]>d</string><other/><string>any&#111;ne</string></struct></value>
		</struct></value>`)), ""))
	require.Equal(t, data.ACL{Perms: 31, ID: data.ID{Scheme: "world", ID: "anyone"}}, r)
}

// %XX is the character of that number, also where Java's reader is wrong.
func TestXMLEscapes(t *testing.T) {
	in := data.ID{Scheme: "\x00\n\r\x1f\x0f<&>%]]>\"'\u00e9", ID: "\U0001F600"}
	for dialect, want := range map[jute.Dialect]string{
		jute.Java:     "<string>%00%0A%0D%1F%0F&lt;&amp;>%25]]>\"'\u00e9</string>",
		jute.Portable: "<string>%00%0A%0D%1F%0F&lt;&amp;>%25]]&gt;\"'\u00e9</string>",
	} {
		out := jute.NewXMLOutput(nil, dialect)
		require.NoError(t, in.Serialize(out, ""))
		require.Contains(t, string(out.Bytes()), want)
	}
	out := jute.NewXMLOutput(nil, jute.Portable)
	require.NoError(t, in.Serialize(out, ""))
	var got data.ID
	require.NoError(t, got.Deserialize(jute.NewXMLInput(out.Bytes()), ""))
	require.Equal(t, in, got)

	latin := `<struct><string>%E9%0a</string><string></string></struct>`
	require.NoError(t, got.Deserialize(jute.NewXMLInput([]byte(latin)), ""))
	require.Equal(t, data.ID{Scheme: "\u00e9\n"}, got)
}

// Malformed XML is an error, not a wrong record.
func TestXMLErrors(t *testing.T) {
	for _, c := range []struct {
		record interface {
			Deserialize(jute.InputArchive, string) error
		}
		in, want string
	}{
		{&data.ACL{}, "", "unexpected EOF"},
		{&data.ACL{}, "<value>", "unexpected EOF"},
		{&data.ACL{}, "<value><array>", "expected <struct>, found <array>"},
		{&data.ACL{}, "<struct></struct>", "expected <i4>, found </struct>"},
		{&data.ACL{}, "<struct><i4>1<b/></i4></struct>", "an element inside i4"},
		{&data.ACL{}, "<struct><i4>1</i8>", "</i8> closes nothing"},
		{&data.ACL{}, "</value>", "</value> closes nothing"},
		{&data.ACL{}, "<struct><ex:i8>1</ex:i8>", "expected <i4>, found <ex:i8>"},
		{&data.ACL{}, "<struct><i4> 1</i4>", `" 1" is not a whole number of 32 bits`},
		{&data.ACL{}, "<struct><i4>1</i4><struct><string>a</string><string>b</string><string>c</string>", "expected </struct>, found <string>"},
		{&data.ID{}, "<struct><string>%4</string>", "% is not followed by two hex digits"},
		{&data.ID{}, "<struct><string>%zz</string>", "% is not followed by two hex digits"},
		{&data.ID{}, "<struct><string>&nbsp;</string>", "invalid character entity"},
		{&proto.GetSASLRequest{}, "<struct><string>xx</string>", "not a hex digit"},
		{&proto.SetWatches{}, "<struct><ex:i8>1</ex:i8><array><string>a</string>", "unexpected EOF"},
		{&sample.Prims{}, "<struct><i4>1</i4>", "expected <ex:i1>, found <i4>"},
		{&sample.Prims{}, "<struct><ex:i1>1</ex:i1><boolean>1</boolean><i4>1</i4><ex:i8>1</ex:i8><ex:float>x</ex:float>", `"x" is not a number`},
	} {
		err := c.record.Deserialize(jute.NewXMLInput([]byte(c.in)), "")
		require.ErrorContains(t, err, c.want, c.in)
		require.ErrorContains(t, err, "jute: offset ")
		require.ErrorIs(t, err, jute.ErrMalformed)
	}
}

// Nesting without end costs memory in proportion, and no stack.
func TestXMLDeepNesting(t *testing.T) {
	var r data.ID
	err := r.Deserialize(jute.NewXMLInput([]byte(strings.Repeat("<value>", 100_000))), "")
	require.ErrorContains(t, err, "unexpected EOF")
}
