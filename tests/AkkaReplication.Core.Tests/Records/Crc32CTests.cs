using System.Text;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Records;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("123456789", 0xE3069283)]
    [InlineData("", 0x00000000)]
    [InlineData("a", 0xC1D04330)]
    public void Known_texts_have_their_published_checksum(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Vectors_of_RFC_3720_hold()
    {
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xff, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute(Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray()));
    }

    [Fact]
    public void Appending_in_any_two_parts_gives_the_checksum_of_the_whole()
    {
        var data = Enumerable.Range(0, 41).Select(i => (byte)(i * 7)).ToArray();
        var whole = Crc32C.Compute(data);
        for (var cut = 0; cut <= data.Length; cut++)
            Assert.Equal(whole, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, cut)), data.AsSpan(cut)));
    }

    [Fact]
    public void However_long_the_data_it_is_the_checksum_of_its_bytes_one_by_one()
    {
        var data = new byte[5_000];
        new Random(1).NextBytes(data);
        var expected = 0u;
        for (var length = 0; length <= data.Length; length++)
        {
            Assert.Equal(expected, Crc32C.Compute(data.AsSpan(0, length)));
            if (length < data.Length)
                expected = Crc32C.Append(expected, data.AsSpan(length, 1));
        }
    }
}
