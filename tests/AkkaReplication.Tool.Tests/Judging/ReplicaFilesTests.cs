using System.Text;
using AkkaReplication.Records;
using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Tests.Judging;

public sealed class ReplicaFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Reads_all_segments_in_order_up_to_the_offset()
    {
        WriteSegment(0, Batch(0, "1", "2"), Batch(2, "3"));
        WriteSegment(3, Batch(3, "4"), Batch(4, "5"));

        Assert.Equal([0, 2, 3, 4], BaseOffsets(5));
        Assert.Equal([0, 2, 3], BaseOffsets(4));
        Assert.Equal([0], BaseOffsets(2));
        Assert.Empty(BaseOffsets(1));
    }

    [Fact]
    public void Shows_every_record_with_its_offset_key_and_value()
    {
        WriteSegment(0, Batch(0, "1", "2"), Batch(5, "3"));
        var seen = new List<AcknowledgedRecord>();

        ReplicaFiles.ReadRecords(
            _directory,
            0,
            long.MaxValue,
            (partition, offset, record, digest) =>
                seen.Add(new AcknowledgedRecord(record ?? 0, partition, offset, digest)),
            CancellationToken.None);

        Assert.Equal([Ack(1, 0), Ack(2, 1), Ack(3, 5)], seen);
    }

    [Fact]
    public void A_batch_that_is_not_whole_ends_the_log()
    {
        WriteSegment(0, Batch(0, "1"), Batch(1, "2")[..70]);
        Assert.Equal([0], BaseOffsets(long.MaxValue));
    }

    [Fact]
    public void A_flipped_bit_is_found()
    {
        var batch = Batch(0, "1");
        batch[^3] ^= 4;
        WriteSegment(0, batch);
        var corrupt = Assert.Throws<InvalidDataException>(() => BaseOffsets(long.MaxValue));
        Assert.Contains("checksum of the batch at offset 0 is wrong", corrupt.Message);
    }

    [Fact]
    public void Bytes_that_are_no_batch_are_found()
    {
        WriteSegment(0, Batch(0, "1"), new byte[100]);
        Assert.Contains(
            "no batch begins at byte", Assert.Throws<InvalidDataException>(() => BaseOffsets(long.MaxValue)).Message);
    }

    [Fact]
    public void Offsets_that_go_back_are_found()
    {
        WriteSegment(0, Batch(4, "1"), Batch(2, "2"));
        Assert.Contains(
            "a batch at offset 2 follows offset 4",
            Assert.Throws<InvalidDataException>(() => BaseOffsets(long.MaxValue)).Message);
    }

    [Fact]
    public void Equal_logs_do_not_differ_however_they_are_cut_into_segments()
    {
        byte[][] log = [Batch(0, "1", "2"), Batch(2, "3"), Batch(3, "4")];
        Assert.Null(Compare(log, log, log));

        WriteSegment(0, log[0], log[1]);
        WriteSegment(3, log[2]);
        Assert.Null(ReplicaComparison.FirstDifference(
            "t-0",
            [
                ("broker 1", ReplicaFiles.ReadBatches(_directory, 4)),
                ("broker 2", log.Select(b => (ReadOnlyMemory<byte>)b)),
            ],
            CancellationToken.None));
    }

    [Fact]
    public void The_first_difference_is_named() => Assert.Equal(
        "t-0: broker 1 and broker 3 differ in the batch after offset 2",
        Compare(
            [Batch(0, "1", "2"), Batch(2, "3")],
            [Batch(0, "1", "2"), Batch(2, "3")],
            [Batch(0, "1", "2"), Batch(2, "9")]));

    [Fact]
    public void The_leader_epoch_belongs_to_the_bytes() => Assert.Equal(
        "t-0: broker 1 and broker 2 differ in the batch after offset 0",
        Compare([Batch(0, "1")], [Batch(0, new LeaderEpoch(8), "1")]));

    [Fact]
    public void A_log_that_ends_early_is_named() => Assert.Equal(
        "t-0: broker 2 ends at offset 2, broker 1 does not",
        Compare([Batch(0, "1", "2"), Batch(2, "3")], [Batch(0, "1", "2")]));

    private static string? Compare(params byte[][][] replicas) => ReplicaComparison.FirstDifference(
        "t-0",
        replicas.Select((log, i) => ($"broker {i + 1}", log.Select(batch => (ReadOnlyMemory<byte>)batch))).ToList(),
        CancellationToken.None);

    private static AcknowledgedRecord Ack(long record, long offset) =>
        new(record, 0, offset, ValueDigest.Of(Encoding.UTF8.GetBytes($"value {record}")));

    private static byte[] Batch(long baseOffset, params string[] keys) => Batch(baseOffset, new LeaderEpoch(7), keys);

    private static byte[] Batch(long baseOffset, LeaderEpoch epoch, params string[] keys)
    {
        var builder = new RecordBatchBuilder(1024);
        foreach (var key in keys)
        {
            var value = Encoding.UTF8.GetBytes($"value {key}");
            Assert.True(builder.TryAppend(1_000, Encoding.UTF8.GetBytes(key), false, value, false, null, 1 << 20));
        }

        return builder.Build(baseOffset, epoch);
    }

    private List<long> BaseOffsets(long upTo) => ReplicaFiles.ReadBatches(_directory, upTo)
        .Select(batch => BatchHeader.TryRead(batch.Span, out var header) ? header.BaseOffset : -1).ToList();

    private void WriteSegment(long baseOffset, params byte[][] batches) =>
        File.WriteAllBytes(Path.Combine(_directory, $"{baseOffset:d20}.log"), batches.SelectMany(b => b).ToArray());
}
