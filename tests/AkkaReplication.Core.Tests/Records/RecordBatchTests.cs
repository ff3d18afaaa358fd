using System.Text;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Records;

public sealed class RecordBatchTests
{
    /// <summary>Laid out by hand from the format's description; the checksum was computed by an independent program.</summary>
    private const string GoldenHeader =
        "0000000000000005" + // base offset 5
        "00000045" + // length 69
        "00000007" + // leader epoch 7
        "02" + // magic
        "6CFDE990" + // crc
        "0000" + // attributes
        "00000001" + // last offset delta
        "000001800000000A" + // base timestamp
        "000001800000000C" + // max timestamp
        "0000000000001234" + // producer id
        "0003" + // producer epoch
        "00000064" + // base sequence
        "00000002"; // count

    private static readonly byte[] GoldenRecords =
    [
        // length 12, attributes, timestamp delta 0, offset delta 0, key "k", value "v", one header "h" = "x"
        0x18, 0x00, 0x00, 0x00, 0x02, (byte)'k', 0x02, (byte)'v', 0x02, 0x02, (byte)'h', 0x02, (byte)'x',
        // length 6, attributes, timestamp delta 2, offset delta 1, null key, null value, no headers
        0x0c, 0x00, 0x04, 0x02, 0x01, 0x01, 0x00,
    ];

    [Fact]
    public void Builder_writes_the_format_byte_by_byte()
    {
        var builder = new RecordBatchBuilder();
        Assert.True(Batches.Append(
            builder, "v", "k", 0x180_0000_000A, [new RecordHeader("h", Encoding.ASCII.GetBytes("x"))]));
        Assert.True(Batches.Append(builder, null, null, 0x180_0000_000C));

        var batch = builder.Build(5, new LeaderEpoch(7), producerId: 0x1234, producerEpoch: 3, baseSequence: 100);

        var expected = Convert.FromHexString(GoldenHeader).Concat(GoldenRecords).ToArray();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(batch));
        Assert.True(RecordBatch.HasValidCrc(batch));
    }

    [Fact]
    public void Header_reads_back_what_was_built()
    {
        var batch = Batches.Builder("a", "b", "c").Build(
            100, new LeaderEpoch(4), 9, 2, int.MaxValue - 1, isTransactional: true);
        var header = Batches.Header(batch);

        Assert.Equal(100, header.BaseOffset);
        Assert.Equal(102, header.LastOffset);
        Assert.Equal(103, header.NextOffset);
        Assert.Equal(batch.Length, header.SizeInBytes);
        Assert.Equal(new LeaderEpoch(4), header.PartitionLeaderEpoch);
        Assert.Equal((9L, (short)2, int.MaxValue - 1), (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
        Assert.Equal(0, header.LastSequence);
        Assert.Equal((1000L, 1002L), (header.BaseTimestampMs, header.MaxTimestampMs));
        Assert.Equal(3, header.RecordCount);
        Assert.True(header.IsTransactional);
        Assert.False(header.IsControl);
        Assert.True(header.HasProducerId);
    }

    [Fact]
    public void Header_is_refused_where_it_is_short_or_impossible()
    {
        var batch = Batches.Of("a");
        Assert.False(BatchHeader.TryRead(batch.AsSpan(0, 60), out _));
        Assert.False(BatchHeader.TryRead(new byte[100], out _));

        batch[11] = 48;
        Assert.False(BatchHeader.TryRead(batch, out _));
        batch[8] = 0x7f;
        batch[9] = batch[10] = batch[11] = 0xff;
        Assert.False(BatchHeader.TryRead(batch, out _));
    }

    [Fact]
    public void Stamping_leaves_the_checksum_true()
    {
        var batch = Batches.Of("a", "b");
        BatchHeader.Stamp(batch, long.MaxValue / 2, new LeaderEpoch(12));
        Assert.True(RecordBatch.HasValidCrc(batch));
        Assert.Equal(long.MaxValue / 2, Batches.Header(batch).BaseOffset);
    }

    [Fact]
    public void Every_flipped_bit_behind_the_checksum_is_noticed()
    {
        var batch = Batches.Of("payload");
        for (var at = BatchLayout.Crc; at < batch.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                batch[at] ^= (byte)(1 << bit);
                Assert.False(RecordBatch.HasValidCrc(batch));
                batch[at] ^= (byte)(1 << bit);
            }
        }
    }

    [Fact]
    public void Producer_can_be_set_late()
    {
        var batch = Batches.Of("a");
        RecordBatch.SetProducer(batch, 77, 3, 12);
        var header = Batches.Header(batch);
        Assert.Equal((77L, (short)3, 12), (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
        Assert.True(RecordBatch.HasValidCrc(batch));
    }

    [Fact]
    public void Append_time_becomes_every_records_timestamp()
    {
        var batch = Batches.Of("a", "b");
        RecordBatch.WriteHeaderWithAppendTime(batch.ToArray(), 5_000_000, batch);

        Assert.True(RecordBatch.HasValidCrc(batch));
        var reader = new RecordBatchReader(batch);
        while (reader.MoveNext())
            Assert.Equal(5_000_000, reader.TimestampMs);
        Assert.Equal(TimestampType.LogAppendTime, reader.Header.TimestampType);
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    public void Reader_returns_what_the_builder_was_given(CompressionType compression)
    {
        var builder = new RecordBatchBuilder();
        var random = new Random(7);
        var expected = new List<string>();
        for (var i = 0; i < 200; i++)
        {
            var key = i % 5 == 0 ? null : $"key-{i}";
            var value = i % 7 == 0 ? null : new string((char)('a' + (i % 26)), random.Next(300));
            var timestamp = 1_700_000_000_000 + random.Next(-5000, 5000);
            RecordHeader[] headers = i % 3 == 0
                ? [new RecordHeader("ä", Batches.Bytes($"h{i}")), new RecordHeader("", null)]
                : [];
            Assert.True(Batches.Append(builder, value, key, timestamp, headers));
            expected.Add($"{500 + i}|{timestamp}|{key ?? "∅"}|{value ?? "∅"}|" + (headers.Length > 0 ? $"ä=h{i};=∅;" : ""));
        }

        var reader = new RecordBatchReader(builder.Build(500, compression: compression));
        var actual = new List<string>();
        while (reader.MoveNext())
            actual.Add(Describe(reader));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Record_that_does_not_fit_changes_nothing()
    {
        var builder = Batches.Builder("first");
        var size = builder.EstimatedSize;
        Assert.False(Batches.Append(builder, new string('x', 100), maxBatchBytes: size + 50));
        Assert.Equal((1, size), (builder.Count, builder.EstimatedSize));
        Assert.Equal(size, builder.Build().Length);

        builder.Reset();
        Assert.Equal(0, builder.Count);
        Assert.Throws<InvalidOperationException>(() => builder.Build());
        Assert.False(Batches.Append(builder, new string('x', 100), maxBatchBytes: 150));
    }

    [Fact]
    public void Adding_records_to_a_grown_builder_allocates_nothing()
    {
        var builder = new RecordBatchBuilder(1 << 16);
        var value = new byte[100];
        builder.TryAppend(1, value, false, value, false, null, int.MaxValue);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 200; i++)
            builder.TryAppend(i, value, false, value, false, null, int.MaxValue);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Reading_records_allocates_nothing()
    {
        var batch = Batches.Builder([.. Enumerable.Range(0, 500).Select(i => $"value {i}")]).Build();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new RecordBatchReader(batch);
        var bytes = 0;
        while (reader.MoveNext())
            bytes += reader.Value.Length;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(bytes > 0);
    }

    [Fact]
    public void Damaged_records_are_refused_and_never_read_beyond()
    {
        var good = Batches.Of("some value", "another");
        for (var at = BatchHeader.Size; at < good.Length; at++)
        {
            foreach (byte damage in new byte[] { 0x00, 0x01, 0x7f, 0x80, 0xff })
            {
                var batch = good.ToArray();
                batch[at] = damage;
                try
                {
                    var reader = new RecordBatchReader(batch);
                    while (reader.MoveNext())
                        _ = (reader.Key, reader.Value);
                }
                catch (CorruptBatchException)
                {
                    // Most damage is noticed; what is not has changed only contents.
                }
            }
        }

        var oneMissing = good.ToArray();
        oneMissing[60]++;
        Assert.Throws<CorruptBatchException>(() => ReadAll(oneMissing));
        var oneTooMany = good.ToArray();
        oneTooMany[60]--;
        Assert.Throws<CorruptBatchException>(() => ReadAll(oneTooMany));
    }

    [Fact]
    public void Gzip_that_expands_too_far_is_refused()
    {
        var batch = Batches.Builder(new string('z', 100_000)).Build(compression: CompressionType.Gzip);
        Assert.True(batch.Length < 5_000);
        Assert.Throws<CorruptBatchException>(() => new RecordBatchReader(batch, maxDecompressedBytes: 50_000).MoveNext());
        Assert.True(new RecordBatchReader(batch, maxDecompressedBytes: 200_000).MoveNext());
    }

    [Fact]
    public void Codec_that_is_not_built_in_is_named()
    {
        var batch = Batches.Of("a");
        batch[22] = (byte)CompressionType.Zstd;
        var e = Assert.Throws<ReplicationException>(() => new RecordBatchReader(batch).MoveNext());
        Assert.Equal(ErrorCode.UnsupportedCompressionType, e.Error);
        Assert.Contains("Zstd", e.Message);
    }

    [Fact]
    public void Sequence_walks_whole_batches_and_stops_before_a_partial_one()
    {
        byte[] first = Batches.Of("a"), second = Batches.Of("b", "c"), third = Batches.Of("d");
        var all = first.Concat(second).Concat(third).ToArray();
        for (var length = 0; length <= all.Length; length++)
        {
            var sequence = new BatchSequence(all.AsMemory(0, length));
            var sizes = new List<int>();
            while (sequence.MoveNext())
                sizes.Add(sequence.Current.Length);

            int[] expected = length == all.Length ? [first.Length, second.Length, third.Length]
                : length >= first.Length + second.Length ? [first.Length, second.Length]
                : length >= first.Length ? [first.Length]
                : [];
            Assert.Equal(expected, sizes);
            Assert.Equal(length - sizes.Sum(), sequence.BytesLeft);
        }
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(63L)]
    [InlineData(-65L)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Varints_return_as_they_went(long value)
    {
        var bytes = new byte[Varint.MaxBytes64];
        var size = Varint.Write(bytes, value);
        Assert.Equal(Varint.SizeOf(value), size);
        var position = 0;
        Assert.True(Varint.TryRead(bytes, ref position, out long read));
        Assert.Equal((value, size), (read, position));

        position = 0;
        Assert.False(Varint.TryRead(bytes.AsSpan(0, size - 1), ref position, out long _));
        position = 0;
        Assert.Equal(value is >= int.MinValue and <= int.MaxValue, Varint.TryRead(bytes, ref position, out int _));
    }

    private static void ReadAll(byte[] batch)
    {
        var reader = new RecordBatchReader(batch);
        while (reader.MoveNext())
        {
        }
    }

    private static string Describe(in RecordBatchReader record)
    {
        var headers = "";
        var header = record.Headers;
        while (header.MoveNext())
            headers += $"{header.Key}={(header.ValueIsNull ? "∅" : Encoding.UTF8.GetString(header.Value.Span))};";
        var key = record.KeyIsNull ? "∅" : Encoding.UTF8.GetString(record.Key.Span);
        var value = record.ValueIsNull ? "∅" : Encoding.UTF8.GetString(record.Value.Span);
        return $"{record.Offset}|{record.TimestampMs}|{key}|{value}|{headers}";
    }

    [Theory]
    [InlineData(10, CompressionType.None)]
    [InlineData(900, CompressionType.None)]
    [InlineData(5_000, CompressionType.None)]
    [InlineData(900, CompressionType.Gzip)]
    public void A_batch_that_takes_the_builder_s_buffer_along_is_the_one_that_would_have_been_copied(
        int valueBytes, CompressionType compression)
    {
        var builder = new RecordBatchBuilder(1024);
        var before = new List<(byte[] Expected, ReadOnlyMemory<byte> Built)>();
        for (var round = 0; round < 3; round++)
        {
            var value = new byte[valueBytes];
            new Random(round).NextBytes(value);
            Assert.True(builder.TryAppend(1000 + round, [1, 2], false, value, false, null, int.MaxValue));
            Assert.True(builder.TryAppend(2000, default, true, [3], false, null, int.MaxValue));
            var expected = builder.Build(producerId: 7, producerEpoch: 1, baseSequence: round, compression: compression);
            before.Add((expected, builder.BuildAndReset(7, 1, round, compression)));
            Assert.Equal(0, builder.Count);
        }

        // What was handed out is not touched by what came later.
        Assert.All(before, batch => Assert.Equal(batch.Expected, batch.Built.ToArray()));
        Assert.Throws<InvalidOperationException>(() => builder.BuildAndReset());
    }
}
