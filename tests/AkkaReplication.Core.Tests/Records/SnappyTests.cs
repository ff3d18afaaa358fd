using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Records;

/// <summary>Snappy in the forms of Kafka's clients: snappy-java's frame, and one plain block.</summary>
public class SnappyTests
{
    // "foobar\n" as snappy-java's SnappyOutputStream writes it.
    private static readonly byte[] Framed =
    [
        0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
        0x00, 0x00, 0x00, 0x09, 0x07, 0x18, 0x66, 0x6f, 0x6f, 0x62, 0x61, 0x72, 0x0a,
    ];

    [Fact]
    public void Frame_is_that_of_snappy_java() =>
        Assert.Equal(Framed, SnappyCodec.Compress("foobar\n"u8, headerBytes: 0));

    [Fact]
    public void Framed_and_plain_blocks_are_read()
    {
        Assert.Equal("foobar\n"u8.ToArray(), Expand(Framed));
        Assert.Equal("foobar\n"u8.ToArray(), Expand(Framed[20..]));

        // Two literals and a copy that overlaps itself: "ab" + 10 bytes from 2 back + "!".
        Assert.Equal("abababababab!"u8.ToArray(), Expand([13, 0x04, (byte)'a', (byte)'b', 0x19, 0x02, 0x00, (byte)'!']));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32 * 1024)]
    [InlineData(32 * 1024 + 1)]
    [InlineData(1_000_000)]
    public void What_is_compressed_expands_to_what_it_was(int length)
    {
        var draw = new Random(length);
        foreach (var letters in new[] { 1, 3, 256 })
        {
            var records = new byte[length];
            for (var i = 0; i < length; i++)
                records[i] = (byte)draw.Next(letters);
            var compressed = SnappyCodec.Compress(records, headerBytes: 61);
            Assert.All(compressed[..61], b => Assert.Equal(0, b));
            Assert.Equal(records, Expand(compressed[61..]));
            if (letters == 1 && length > 1_000)
                Assert.InRange(compressed.Length, 1, length / 10);
        }
    }

    [Fact]
    public void Claim_beyond_what_snappy_can_do_costs_no_memory()
    {
        // 200 MB out of nine bytes.
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<CorruptBatchException>(() => Expand([0x80, 0x84, 0xaf, 0x5f, 0x04, 1, 2, 3, 4]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Expansion_is_bounded()
    {
        var batch = Batches.Builder(new string('z', 100_000)).Build(compression: CompressionType.Snappy);
        Assert.Throws<CorruptBatchException>(
            () => new RecordBatchReader(batch, maxDecompressedBytes: 50_000).MoveNext());
        Assert.True(new RecordBatchReader(batch, maxDecompressedBytes: 200_000).MoveNext());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_data_are_a_corrupt_batch_and_nothing_else(int seed)
    {
        var draw = new Random(seed);
        var good = SnappyCodec.Compress(Encoding.UTF8.GetBytes(string.Join(' ', Enumerable.Range(0, 500))), 0);
        for (var i = 0; i < 7_000; i++)
        {
            var bytes = draw.Next(3) == 0 ? new byte[draw.Next(64)] : good[..draw.Next(good.Length + 1)];
            if (bytes.Length > 0 && draw.Next(3) == 0)
                draw.NextBytes(bytes.AsSpan(draw.Next(bytes.Length)));
            for (var flips = draw.Next(4); flips > 0 && bytes.Length > 0; flips--)
                bytes[draw.Next(bytes.Length)] = (byte)draw.Next(256);
            try
            {
                SnappyCodec.Expand(bytes, 1 << 20);
            }
            catch (CorruptBatchException)
            {
                // As it should be.
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}, round {i}: {e}");
            }
        }
    }

    private static byte[] Expand(byte[] compressed) => SnappyCodec.Expand(compressed, 1 << 24).ToArray();
}
