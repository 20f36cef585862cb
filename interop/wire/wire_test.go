package wire

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPasswordIsTheOneThatServersCompute(t *testing.T) {
	require.Equal(t, "0e084d46833386819c6c307704afa43e", hex.EncodeToString(Password(0x01000011d0140000)))
	require.Equal(t, "21294746237f65c691af97a2d837b90b", hex.EncodeToString(Password(0x01000011d0140001)))
}

func TestRequestsHaveTheBytesOfTheReference(t *testing.T) {
	require.Equal(t,
		"00000036"+"00000001"+"00000001"+"000000022f61"+"0000000568656c6c6f"+"00000001"+"0000001f"+
			"00000005776f726c64"+"00000006616e796f6e65"+"00000000",
		hex.EncodeToString(CreateReq(OpCreate, "/a", []byte("hello"), OpenACL(), Persistent).Frame(1)))
	require.Equal(t, "00000008"+"fffffffe"+"0000000b", hex.EncodeToString(Bare(OpPing).Frame(XidPing)))
	require.Equal(t, "00000011"+"00000002"+"0000000e"+"ffffffff01ffffffff", hex.EncodeToString(MultiReq(OpMulti).Frame(2)))
	no := false
	require.Equal(t, "0000002d"+"00000000"+"0000000000000000"+"00002710"+"0000000000000000"+
		"00000010"+"00000000000000000000000000000000"+"00",
		hex.EncodeToString(Hello{Timeout: 10000, Password: make([]byte, 16), ReadOnly: &no}.Frame()))
}

func TestFieldsOfAFailedMulti(t *testing.T) {
	e := Enc{}.Int(-1).Bool(false).Int(0).Int(0).Int(-1).Bool(false).Int(-101).Int(-101).Int(-1).Bool(true).Int(-1)
	f, err := Fields(OpMulti, e)
	require.NoError(t, err)
	require.Equal(t, []Field{
		{"0.type", int32(-1)}, {"0.err", int32(0)}, {"0.code", int32(0)},
		{"1.type", int32(-1)}, {"1.err", int32(-101)}, {"1.code", int32(-101)}, {"end", "-1 -1"},
	}, f)
}

func TestFieldsReportShortAndLongReplies(t *testing.T) {
	_, err := Fields(OpExists, make([]byte, 67))
	require.ErrorIs(t, err, ErrShort)
	f, err := Fields(OpSync, Enc{}.Str("/a").Int(7))
	require.NoError(t, err)
	require.Equal(t, []Field{{"path", "/a"}, {"extra", []byte{0, 0, 0, 7}}}, f)
	_, err = Fields(OpGetChildren, Enc{}.Int(1<<30))
	require.ErrorIs(t, err, ErrShort)
}
