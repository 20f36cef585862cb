package jute_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"troupe/jute"
	"troupe/jute/data"
	"troupe/jute/internal/sample"
	"troupe/jute/proto"
)

// Java's reader fails on what Java's writer makes of nulls; this one does not.
func TestCSVReadsEmptyFields(t *testing.T) {
	var r proto.SetWatches
	require.NoError(t, r.Deserialize(jute.NewCSVInput([]byte("77,v{'/a,,'/b},v{},v{,}\n")), ""))
	require.Equal(t, proto.SetWatches{
		RelativeZxid: 77,
		DataWatches:  []string{"/a", jute.Null, "/b"},
		ExistWatches: []string{},
		ChildWatches: []string{jute.Null},
	}, r)

	var set proto.SetDataRequest
	require.NoError(t, set.Deserialize(jute.NewCSVInput([]byte(",,3\r\n")), ""))
	require.Equal(t, proto.SetDataRequest{Path: jute.Null, Version: 3}, set)
}

// Buffers: two digits a byte; Java's form where it can mean one thing only.
func TestCSVBuffers(t *testing.T) {
	for in, want := range map[string][]byte{
		"#00017f80ff": {0, 1, 0x7f, 0x80, 0xff},
		"#ABCDEF":     {0xab, 0xcd, 0xef},
		"#ffffff80":   {0xff, 0xff, 0xff, 0x80}, // and not 0x80: even is two digits a byte
		"#0":          {0},
		"#000":        {0, 0, 0},
		"#9ab":        {9, 10, 11},
		"#8ff":        {8, 15, 15},
		"#017":        nil, // 0 1 7 or 0 17
		"#0ffffff80":  nil, // 0 80 or 0 f f f f f f 8 0
	} {
		var r proto.GetSASLRequest
		err := r.Deserialize(jute.NewCSVInput([]byte(in+"\n")), "")
		if len(want) == 0 {
			require.ErrorContains(t, err, "unambiguous", in)
			continue
		}
		require.NoError(t, err, in)
		require.Equal(t, want, r.Token, in)
	}
}

// Malformed CSV is an error with its place, not a wrong record.
func TestCSVErrors(t *testing.T) {
	for _, c := range []struct {
		record interface {
			Deserialize(jute.InputArchive, string) error
		}
		tag, in, want string
	}{
		{&data.ACL{}, "", "31,x{'world,'anyone}\n", "jute: offset 3: csv: expected s{"},
		{&data.ACL{}, "", "31,s{'world,'anyone\n", "jute: offset 19: csv: expected }"},
		{&data.ACL{}, "", "31,s{'world,'anyone}", "jute: offset 20: csv: expected the end of the line"},
		{&data.ACL{}, "t", "31,s{'world,'anyone}\n", "jute: offset 0: csv: expected s{"},
		{&data.ACL{}, "", "x,s{'world,'anyone}\n", `jute: offset 0: csv: "x" is not a whole number of 32 bits`},
		{&data.ACL{}, "", "2147483648,s{'world,'anyone}\n", `jute: offset 0: csv: "2147483648" is not a whole number of 32 bits`},
		{&data.ID{}, "", "world,'anyone\n", "jute: offset 0: csv: a ustring does not begin with '"},
		{&data.ID{}, "", "'w%41,'anyone\n", "jute: offset 0: csv: % is not followed by one of 00 0A 0D 2C 7D 25"},
		{&data.ID{}, "", "'w%0\n", "jute: offset 0: csv: % is not followed by one of 00 0A 0D 2C 7D 25"},
		{&proto.GetSASLRequest{}, "", "6869\n", "jute: offset 0: csv: a buffer does not begin with #"},
		{&proto.GetSASLRequest{}, "", "#6x\n", "jute: offset 0: csv: a buffer holds something that is not a hex digit"},
		{&proto.SetWatches{}, "", "77,v{'/a\n", "jute: offset 8: csv: expected }"},
		{&proto.SetWatches{}, "", "77,v{", "jute: offset 5: csv: expected }"},
		{&proto.SetWatches{}, "", "77,'/a,'/b\n", "jute: offset 3: csv: expected v{"},
		{&sample.Prims{}, "", "1,T,2,3,1.5,x", `jute: offset 12: csv: "x" is not a number`},
		{&sample.Prims{}, "", "1,T,2,3,1.5,0x1p3,", `jute: offset 12: csv: "0x1p3" is not a number`},
		{&sample.Prims{}, "", "128,", `jute: offset 0: csv: "128" is not a whole number of 8 bits`},
	} {
		err := c.record.Deserialize(jute.NewCSVInput([]byte(c.in)), c.tag)
		require.EqualError(t, err, c.want, c.in)
		require.ErrorIs(t, err, jute.ErrMalformed)
	}
}

// ToString is a line for people.
func TestToString(t *testing.T) {
	require.Equal(t, "31,s{'world,'anyone}", jute.ToString(&data.ACL{Perms: 31, ID: data.ID{Scheme: "world", ID: "anyone"}}))
	require.Equal(t, "#01ff", jute.ToString(&proto.GetSASLRequest{Token: []byte{1, 255}}))
}
