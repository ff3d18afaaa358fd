using System.Buffers.Binary;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Records;

public sealed class AbortedBatchesTests
{
    private const int AttributesAt = 21;
    private const short Transactional = 0x10;
    private const short Control = 0x20;

    [Fact]
    public void What_aborted_transactions_wrote_is_passed_over_and_counts()
    {
        byte[] records =
        [
            .. Data(0, producer: 1, Transactional),
            .. Data(1, producer: 2, Transactional),
            .. Data(2, producer: 1, attributes: 0),
            .. Marker(3, producer: 1, isCommit: false),
            .. Data(4, producer: 1, Transactional),
            .. Marker(5, producer: 2, isCommit: true),
            .. Marker(6, producer: 1, isCommit: true),
            .. Data(7, producer: 1, Transactional),
            .. Marker(8, producer: 1, isCommit: false),
            .. Data(9, producer: 3, Transactional),
        ];

        AbortedBatches.Hide(records, [(1, 7), (1, 0)]);

        // 0 and 7 are of producer 1's two aborted transactions; 2 is of none, and 4 of one that was committed.
        Assert.Equal([1, 2, 4, 9], Visible(records));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), Headers(records).Select(h => h.BaseOffset));
    }

    [Fact]
    public void Damaged_records_are_left_to_the_reader()
    {
        byte[] records = [.. Data(0, producer: 1, Transactional), .. new byte[100]];

        AbortedBatches.Hide(records, [(1, 0)]);

        Assert.Throws<CorruptBatchException>(() => Headers(records));
    }

    private static byte[] Data(long offset, long producer, short attributes) => Batch(offset, producer, attributes, "data"u8);

    private static byte[] Marker(long offset, long producer, bool isCommit) => Batch(
        offset, producer, Transactional | Control, [0, 0, 0, isCommit ? (byte)1 : (byte)0]);

    private static byte[] Batch(long offset, long producer, short attributes, ReadOnlySpan<byte> key)
    {
        var builder = new RecordBatchBuilder();
        Assert.True(builder.TryAppend(
            1_000, key.ToArray(), keyIsNull: false, "v"u8.ToArray(), valueIsNull: false, null, int.MaxValue));
        var batch = builder.BuildAndReset(producer, producerEpoch: 0, baseSequence: 0).ToArray();
        BatchHeader.Stamp(batch, offset, new LeaderEpoch(0));
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(AttributesAt), attributes);
        return batch;
    }

    private static IEnumerable<long> Visible(byte[] records) =>
        Headers(records).Where(header => !header.IsControl).Select(header => header.BaseOffset);

    private static List<BatchHeader> Headers(byte[] records)
    {
        var headers = new List<BatchHeader>();
        var batches = new BatchSequence(records);
        while (batches.MoveNext())
            headers.Add(batches.Header);
        return headers;
    }
}
