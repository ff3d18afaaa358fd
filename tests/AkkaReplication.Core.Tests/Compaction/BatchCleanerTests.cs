using System.Globalization;
using System.Text;
using AkkaReplication.Compaction;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Compaction;

public sealed class BatchCleanerTests
{
    private const long NowMs = 1_700_000_000_000;
    private const long RetentionMs = 1000;

    // Encoded by another program, from the format's description: a=old, b=new with a header, c deleted, a=new.
    private const string Before =
        "00000000000001f40000005e00000007029398a2d60000000000030000018bcfe568000000018bcfe5681e0000000000"
        + "00000900010000002800000004140000000261066f6c64001c0014020262066e657702026802780e003c040263010014"
        + "0028060261066e657700";

    private const string WithHorizon =
        "00000000000001f40000005900000007026d11e12e0040000000030000018bcfe6eea00000018bcfe5681e0000000000"
        + "000009000100000028000000032000ab9a0c020262066e657702026802781200839a0c04026301001800979a0c060261"
        + "066e657700";

    private const string WithoutTombstone =
        "00000000000001f40000004f0000000702e6d0460b0040000000030000018bcfe6eea00000018bcfe568140000000000"
        + "000009000100000028000000022000ab9a0c020262066e657702026802781800979a0c060261066e657700";

    private const string WithoutRecords =
        "00000000000001f400000031000000070263a2697d0000000000030000018bcfe568140000018bcfe568140000000000"
        + "00000900010000002800000000";

    private readonly OffsetMap _map = new(1 << 20, 10) { EndOffset = 100 };
    private readonly ProducerStates _producers = new();

    [Fact]
    public void Bytes_are_those_of_the_format()
    {
        var map = new OffsetMap(1 << 20, 10) { EndOffset = 1000 };
        map.TryPut("a"u8, 503);
        var batch = Convert.FromHexString(Before);
        _producers.Apply(Header(batch), 503);
        (string Expected, long AtMs, string? Superseded)[] stages =
            [(WithHorizon, NowMs, null), (WithoutTombstone, NowMs + 100_000, "c"), (WithoutRecords, NowMs + 200_000, "a b")];
        foreach (var (expected, atMs, superseded) in stages)
        {
            foreach (var key in superseded?.Split(' ') ?? [])
                map.TryPut(Utf8(key), key == "c" ? 502 : 999);
            var cleaner = new BatchCleaner(map, _producers, -1, atMs, deleteRetentionMs: 100_000);

            Assert.Equal(CleanedBatch.Rewritten, cleaner.Clean(batch, Header(batch)));

            batch = cleaner.Rewritten.ToArray();
            Assert.Equal(expected, Convert.ToHexStringLower(batch));
        }
    }

    [Fact]
    public void A_batch_whose_records_are_all_the_newest_stays_byte_for_byte()
    {
        Newest("a", 10);

        Assert.Equal(CleanedBatch.Kept, Clean(Batch(10, "a=1", "b=1"), out _));
    }

    [Fact]
    public void What_a_newer_record_supersedes_goes_and_the_rest_keeps_offset_time_and_headers()
    {
        Newest("a", 11);
        Newest("c", 50);
        var builder = new RecordBatchBuilder();
        Append(builder, 5, "a", "1");
        builder.TryAppend(9, Utf8("a"), false, Utf8("2"), false, [new RecordHeader("h", Utf8("v")), new RecordHeader("n", null)], int.MaxValue);
        Append(builder, 20, "c", "1");
        Append(builder, 7, "b", "1");
        var batch = builder.Build(10, new LeaderEpoch(3), 77, 2, 40);

        Assert.Equal(CleanedBatch.Rewritten, Clean(batch, out var rewritten));

        Assert.True(RecordBatch.HasValidCrc(rewritten));
        var before = Header(batch);
        Assert.Equal(
            before with { Length = rewritten.Length - 12, RecordCount = 2, MaxTimestampMs = 9, Crc = Header(rewritten).Crc },
            Header(rewritten));
        var records = new RecordBatchReader(rewritten);
        Assert.True(records.MoveNext());
        Assert.Equal((11, 9, "a", "2"), (records.Offset, records.TimestampMs, Text(records.Key), Text(records.Value)));
        var headers = records.Headers;
        Assert.True(headers.MoveNext());
        Assert.Equal(("h", "v"), (headers.Key, Text(headers.Value)));
        Assert.True(headers.MoveNext());
        Assert.True(headers.ValueIsNull);
        Assert.True(records.MoveNext());
        Assert.Equal((13, 7, "b", "1"), (records.Offset, records.TimestampMs, Text(records.Key), Text(records.Value)));
        Assert.False(records.MoveNext());
    }

    [Fact]
    public void A_batch_without_a_record_left_goes()
    {
        Newest("a", 11);

        Assert.Equal(CleanedBatch.Removed, Clean(Batch(10, "a=1"), out _));
    }

    [Fact]
    public void A_record_without_a_key_goes()
    {
        Assert.Equal(CleanedBatch.Rewritten, Clean(Batch(10, "=1", "a=1"), out var rewritten));
        Assert.Equal(["11 a=1"], Records(rewritten));
    }

    [Fact]
    public void What_lies_beyond_the_map_stays()
    {
        Newest("a", 110);

        Assert.Equal(CleanedBatch.Removed, Clean(Batch(99, "a=1"), out _));
        Assert.Equal(CleanedBatch.Kept, Clean(Batch(100, "a=1", "b"), out _));
    }

    [Theory]
    [InlineData(CompressionType.None, TimestampType.CreateTime)]
    [InlineData(CompressionType.Gzip, TimestampType.CreateTime)]
    [InlineData(CompressionType.Snappy, TimestampType.CreateTime)]
    [InlineData(CompressionType.None, TimestampType.LogAppendTime)]
    public void A_tombstone_gets_its_time_at_first_and_goes_when_that_is_over(CompressionType compression, TimestampType timestamps)
    {
        var builder = new RecordBatchBuilder();
        Append(builder, 50, "a", null);
        Append(builder, 40, "b", "1");
        var batch = builder.Build(10, compression: compression, timestampType: timestamps);

        Assert.Equal(CleanedBatch.Rewritten, Clean(batch, out var first));
        var header = Header(first);
        Assert.True(RecordBatch.HasValidCrc(first));
        Assert.True(header.HasDeleteHorizon);
        Assert.Equal((NowMs + RetentionMs, 50, 2), (header.BaseTimestampMs, header.MaxTimestampMs, header.RecordCount));
        Assert.Equal((compression, timestamps), (header.CompressionType, header.TimestampType));
        Assert.Equal(Times(batch), Times(first));
        Assert.Equal(["10 a", "11 b=1"], Records(first));

        Assert.Equal(CleanedBatch.Kept, Clean(first, out _, NowMs + RetentionMs - 1));
        Assert.Equal(CleanedBatch.Rewritten, Clean(first, out var second, NowMs + RetentionMs));
        Assert.Equal(["11 b=1"], Records(second));
        Assert.Equal(Times(batch)[1..], Times(second));
        Assert.Equal(CleanedBatch.Kept, Clean(second, out _, NowMs + 10 * RetentionMs));
    }

    [Fact]
    public void The_last_batch_of_a_producer_keeps_its_header()
    {
        Newest("a", 90);
        var batch = new RecordBatchBuilder();
        Append(batch, 5, "a", "1");
        Append(batch, 6, "a", "2");
        var old = batch.Build(10, new LeaderEpoch(3), 77, 2, 40, CompressionType.Gzip);
        var last = batch.Build(20, new LeaderEpoch(3), 77, 2, 42, CompressionType.Gzip);
        foreach (var bytes in (byte[][])[old, last])
            _producers.Apply(Header(bytes), Header(bytes).LastOffset);

        Assert.Equal(CleanedBatch.Removed, Clean(old, out _));
        Assert.Equal(CleanedBatch.Rewritten, Clean(last, out var empty));

        var header = Header(empty);
        Assert.True(RecordBatch.HasValidCrc(empty));
        Assert.Equal(BatchHeader.Size, empty.Length);
        Assert.Equal((20, 21, 42, 43, (short)2, 77), (header.BaseOffset, header.LastOffset, header.BaseSequence, header.LastSequence, header.ProducerEpoch, header.ProducerId));
        Assert.Equal((0, CompressionType.None, 6), (header.RecordCount, header.CompressionType, header.MaxTimestampMs));
        Assert.Empty(Records(empty));

        // It stays until the producer has gone on.
        Assert.Equal(CleanedBatch.Kept, Clean(empty, out _));
        var next = batch.Build(30, new LeaderEpoch(3), 77, 2, 44);
        _producers.Apply(Header(next), 31);
        Assert.Equal(CleanedBatch.Removed, Clean(empty, out _));
    }

    [Fact]
    public void The_batch_that_the_log_ends_with_keeps_its_header()
    {
        Newest("a", 90);
        var cleaner = new BatchCleaner(_map, _producers, lastOffset: 10, NowMs, RetentionMs);
        var batch = Batch(10, "a=1");

        Assert.Equal(CleanedBatch.Rewritten, cleaner.Clean(batch, Header(batch)));
        Assert.Equal((0, 10), (Header(cleaner.Rewritten.ToArray()).RecordCount, Header(cleaner.Rewritten.ToArray()).LastOffset));
    }

    [Fact]
    public void Markers_and_data_of_transactions_stay_and_so_do_tombstones_behind_them()
    {
        Newest("a", 90);
        var cleaner = new BatchCleaner(_map, _producers, -1, NowMs + 10 * RetentionMs, RetentionMs);
        var tombstone = Batch(30, "b");
        Assert.Equal(CleanedBatch.Rewritten, Clean(tombstone, out var withHorizon));
        var control = Builder("a=1").Build(10, producerId: 5, producerEpoch: 0, isTransactional: true, isControl: true);
        var data = Builder("a=1").Build(20, producerId: 5, producerEpoch: 0, baseSequence: 0, isTransactional: true);

        Assert.Equal(CleanedBatch.Kept, cleaner.Clean(control, Header(control)));
        Assert.Equal(CleanedBatch.Removed, cleaner.Clean(withHorizon, Header(withHorizon)));
        Assert.Equal(CleanedBatch.Kept, cleaner.Clean(data, Header(data)));
        Assert.Equal(CleanedBatch.Kept, cleaner.Clean(withHorizon, Header(withHorizon)));
        Assert.True(BatchKeys.TryAdd(data, Header(data), 0, _map));
        Assert.Equal(90, _map.Find("a"u8));
    }

    [Fact]
    public void What_nobody_can_read_stays_if_its_checksum_holds_and_is_damage_if_not()
    {
        var batch = Batch(10, "a=1");
        batch[BatchHeader.Size] = 0x7f;
        Assert.Throws<CorruptBatchException>(() => Clean(batch, out _));
        Assert.Throws<CorruptBatchException>(() => BatchKeys.TryAdd(batch, Header(batch), 0, _map));

        RecordBatch.SetProducer(batch, -1, -1, -1);
        Assert.Equal(CleanedBatch.Kept, Clean(batch, out _));
        Assert.True(BatchKeys.TryAdd(batch, Header(batch), 0, _map));
        Assert.Equal(11, _map.EndOffset);
    }

    [Fact]
    public void Keys_are_taken_from_where_the_log_was_not_compacted_yet_until_the_map_is_full()
    {
        var map = new OffsetMap(0, 1);
        var batch = Batch(10, "a=1", "b=1", "=1");
        Assert.True(BatchKeys.TryAdd(batch, Header(batch), 11, map));
        Assert.Equal((-1, 11, 13), (map.Find("a"u8), map.Find("b"u8), map.EndOffset));

        var many = Batch(13, [.. Enumerable.Range(0, 30).Select(i => $"k{i}=1")]);
        Assert.False(BatchKeys.TryAdd(many, Header(many), 11, map));
        Assert.Equal(13, map.EndOffset);
    }

    private void Newest(string key, long offset) => Assert.True(_map.TryPut(Utf8(key), offset));

    private CleanedBatch Clean(byte[] batch, out byte[] rewritten, long nowMs = NowMs)
    {
        var cleaner = new BatchCleaner(_map, _producers, -1, nowMs, RetentionMs);
        var outcome = cleaner.Clean(batch, Header(batch));
        rewritten = cleaner.Rewritten.ToArray();
        return outcome;
    }

    private static byte[] Batch(long baseOffset, params string[] records) => Builder(records).Build(baseOffset, new LeaderEpoch(1));

    private static RecordBatchBuilder Builder(params string[] records)
    {
        var builder = new RecordBatchBuilder();
        foreach (var record in records)
        {
            var parts = record.Split('=');
            Append(builder, 5, parts[0].Length == 0 ? null : parts[0], parts.Length == 1 ? null : parts[1]);
        }

        return builder;
    }

    private static void Append(RecordBatchBuilder builder, long timestampMs, string? key, string? value) => Assert.True(
        builder.TryAppend(timestampMs, Utf8(key ?? ""), key is null, Utf8(value ?? ""), value is null, null, int.MaxValue));

    private static BatchHeader Header(byte[] batch)
    {
        Assert.True(BatchHeader.TryRead(batch, out var header));
        return header;
    }

    private static List<string> Records(byte[] batch)
    {
        var found = new List<string>();
        var records = new RecordBatchReader(batch);
        while (records.MoveNext())
        {
            found.Add(records.Offset.ToString(CultureInfo.InvariantCulture) + " " + Text(records.Key)
                + (records.ValueIsNull ? "" : "=" + Text(records.Value)));
        }

        return found;
    }

    private static List<long> Times(byte[] batch)
    {
        var found = new List<long>();
        var records = new RecordBatchReader(batch);
        while (records.MoveNext())
            found.Add(records.TimestampMs);
        return found;
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
