using AkkaReplication.Core.Tests.Records;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Logs;

public sealed class BatchValidationTests
{
    private static readonly BatchLimits Compacted = new() { IsCompacted = true };

    [Fact]
    public void Good_batch_passes_without_allocating()
    {
        var batch = Batches.Of("a", "b", "c");
        Assert.Null(BatchValidation.Check(batch, BatchLimits.Default, out var header, nowMs: 2000));
        Assert.Equal(3, header.RecordCount);

        var before = GC.GetAllocatedBytesForCurrentThread();
        BatchValidation.Check(batch, BatchLimits.Default, out _, nowMs: 2000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Bytes_that_are_not_one_whole_batch_are_refused()
    {
        var batch = Batches.Of("a");
        for (var length = 0; length < batch.Length; length++)
            Assert.Equal(ErrorCode.CorruptMessage, Check(batch[..length]));
        Assert.Equal(ErrorCode.InvalidRecord, Check([.. batch, .. batch]));
        Assert.Equal(ErrorCode.InvalidRecord, Check([.. batch, 0]));
        Assert.Equal(ErrorCode.InvalidRecord, Check(Changed(batch, BatchLayout.Magic, 1)));
        Assert.Equal(ErrorCode.CorruptMessage, Check(Changed(batch, BatchLayout.Length, 0xff)));
    }

    [Fact]
    public void Every_flipped_byte_of_the_payload_is_a_corrupt_message()
    {
        var batch = Batches.Of("payload");
        for (var at = BatchLayout.Crc; at < batch.Length; at++)
            Assert.Equal(ErrorCode.CorruptMessage, Check(Changed(batch, at, (byte)(batch[at] ^ 0x10))));
    }

    [Fact]
    public void Size_limits_are_inclusive()
    {
        var batch = Batches.Of("some value");
        Assert.Null(Check(batch, new BatchLimits { MaxMessageBytes = batch.Length, SegmentBytes = batch.Length }));
        Assert.Equal(ErrorCode.MessageTooLarge, Check(batch, new BatchLimits { MaxMessageBytes = batch.Length - 1 }));
        Assert.Equal(ErrorCode.RecordListTooLarge, Check(batch, new BatchLimits { SegmentBytes = batch.Length - 1 }));
    }

    [Fact]
    public void What_only_a_broker_may_set_is_refused_from_a_client()
    {
        var builder = Batches.Builder("a", "b");
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(baseOffset: 1)));
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(isControl: true, producerId: 1, producerEpoch: 0)));
        Assert.Equal(ErrorCode.InvalidTimestamp, Check(builder.Build(timestampType: TimestampType.LogAppendTime)));
        Assert.Equal(ErrorCode.InvalidRecord, Check(Resealed(builder.Build(), BatchLayout.Attributes + 1, 0x40)));
    }

    [Fact]
    public void Producer_fields_must_fit_each_other()
    {
        var builder = Batches.Builder("a");
        Assert.Null(Check(builder.Build(producerId: 1, producerEpoch: 0, baseSequence: 0)));
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(producerId: 1, producerEpoch: 0, baseSequence: -1)));
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(producerId: 1, producerEpoch: -1, baseSequence: 0)));
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(isTransactional: true)));
    }

    [Theory]
    [InlineData(BatchLayout.RecordCount + 3, 0)]
    [InlineData(BatchLayout.RecordCount + 3, 1)]
    [InlineData(BatchLayout.RecordCount + 3, 3)]
    [InlineData(BatchLayout.RecordCount, 0xff)]
    [InlineData(BatchLayout.LastOffsetDelta + 3, 0)]
    [InlineData(BatchLayout.LastOffsetDelta + 3, 9)]
    [InlineData(BatchLayout.Records, 0x7e)]
    [InlineData(BatchLayout.Records + 3, 0x04)]
    public void Counts_and_sizes_that_contradict_each_other_are_refused_though_the_checksum_holds(int at, byte value) =>
        Assert.Equal(ErrorCode.InvalidRecord, Check(Resealed(Batches.Of("a", "b"), at, value)));

    [Fact]
    public void Timestamps_are_compared_with_the_leaders_clock_for_create_time_only()
    {
        var batch = Batches.Of("a");
        var limits = new BatchLimits { TimestampBeforeMaxMs = 100, TimestampAfterMaxMs = 50 };
        Assert.Null(Check(batch, limits, nowMs: 1100));
        Assert.Null(Check(batch, limits, nowMs: 950));
        Assert.Equal(ErrorCode.InvalidTimestamp, Check(batch, limits, nowMs: 1101));
        Assert.Equal(ErrorCode.InvalidTimestamp, Check(batch, limits, nowMs: 949));
        Assert.Null(Check(batch, limits with { TimestampType = TimestampType.LogAppendTime }, nowMs: 9999));
        Assert.Null(Check(batch, limits));
    }

    [Fact]
    public void One_old_record_among_recent_ones_is_noticed()
    {
        var builder = new RecordBatchBuilder();
        Batches.Append(builder, "new", timestampMs: 10_000);
        Batches.Append(builder, "old", timestampMs: 1);
        Assert.Equal(
            ErrorCode.InvalidTimestamp,
            Check(builder.Build(), new BatchLimits { TimestampBeforeMaxMs = 1000 }, nowMs: 10_000));
    }

    [Fact]
    public void Compacted_topics_need_keys()
    {
        var builder = new RecordBatchBuilder();
        Batches.Append(builder, "v", key: "k");
        Assert.Null(Check(builder.Build(), Compacted));
        Assert.Null(Check(builder.Build(compression: CompressionType.Gzip), Compacted));
        Assert.Null(Check(builder.Build(compression: CompressionType.Snappy), Compacted));

        Batches.Append(builder, "v", key: null);
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(), Compacted));
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(compression: CompressionType.Gzip), Compacted));
        Assert.Equal(ErrorCode.InvalidRecord, Check(builder.Build(compression: CompressionType.Snappy), Compacted));
        Assert.Null(Check(builder.Build()));
    }

    [Fact]
    public void Unknown_codec_is_refused_and_a_foreign_one_only_where_keys_are_needed()
    {
        var batch = Batches.Builder("a").Build();
        Assert.Null(Check(Resealed(batch, BatchLayout.Attributes + 1, (byte)CompressionType.Lz4)));
        Assert.Equal(
            ErrorCode.UnsupportedCompressionType,
            Check(Resealed(batch, BatchLayout.Attributes + 1, (byte)CompressionType.Lz4), Compacted));
        Assert.Equal(
            ErrorCode.UnsupportedCompressionType, Check(Resealed(batch, BatchLayout.Attributes + 1, 7)));
    }

    private static ErrorCode? Check(byte[] batch, BatchLimits? limits = null, long? nowMs = null) =>
        BatchValidation.Check(batch, limits ?? BatchLimits.Default, out _, nowMs)?.Error;

    private static byte[] Changed(byte[] batch, int at, byte value)
    {
        var changed = batch.ToArray();
        changed[at] = value;
        return changed;
    }

    /// <summary>Changes a byte and makes the checksum right again.</summary>
    private static byte[] Resealed(byte[] batch, int at, byte value)
    {
        var changed = Changed(batch, at, value);
        RecordBatch.SetProducer(changed, -1, -1, -1);
        return changed;
    }
}
