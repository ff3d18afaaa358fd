using System.Buffers.Binary;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Logs;

public sealed class ProducerStatesTests
{
    private const long Pid = 42;
    private readonly ProducerStates _states = new();
    private long _end;

    [Fact]
    public void Batch_of_a_producer_that_is_not_idempotent_is_appended()
    {
        Assert.Equal(ProducerVerdict.Append, _states.Check(Header(sequence: -1, producerId: -1)).Verdict);
        Append(sequence: -1, producerId: -1);
        Assert.Equal(0, _states.Count);
    }

    [Fact]
    public void Unknown_producer_may_start_at_any_sequence() =>
        Assert.Equal(ProducerVerdict.Append, _states.Check(Header(sequence: 977)).Verdict);

    [Fact]
    public void Next_sequence_is_appended_and_any_other_is_out_of_order()
    {
        Append(sequence: 0, count: 3);
        Assert.Equal(ProducerVerdict.Append, _states.Check(Header(sequence: 3)).Verdict);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _states.Check(Header(sequence: 4)).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _states.Check(Header(sequence: 2)).Error);
    }

    [Fact]
    public void Sequence_wraps_from_the_greatest_to_zero()
    {
        Append(sequence: int.MaxValue - 1, count: 2);
        Assert.Equal(ProducerVerdict.Append, _states.Check(Header(sequence: 0)).Verdict);

        Append(sequence: 0, count: 1);
        Append(sequence: 1, count: 1);
        Append(sequence: int.MaxValue - 1, count: 4);
        Assert.Equal(ProducerVerdict.Append, _states.Check(Header(sequence: 2)).Verdict);
    }

    [Fact]
    public void Each_of_the_last_five_batches_is_recognised_with_its_own_offsets()
    {
        _end = 100;
        for (var i = 0; i < 6; i++)
            Append(sequence: i * 10, count: 10);

        for (var i = 1; i < 6; i++)
        {
            var check = _states.Check(Header(sequence: i * 10, count: 10));
            Assert.Equal(ProducerVerdict.Duplicate, check.Verdict);
            Assert.Equal((100 + (i * 10), 109 + (i * 10)), (check.Original.BaseOffset, check.Original.LastOffset));
        }

        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _states.Check(Header(sequence: 0, count: 10)).Error);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _states.Check(Header(sequence: 50, count: 9)).Error);
    }

    [Fact]
    public void Older_epoch_is_fenced_even_where_the_sequence_is_a_known_one()
    {
        Append(sequence: 0, epoch: 3);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _states.Check(Header(sequence: 0, epoch: 2)).Error);
    }

    [Fact]
    public void Newer_epoch_begins_at_sequence_zero()
    {
        Append(sequence: 7, epoch: 3);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _states.Check(Header(sequence: 8, epoch: 4)).Error);
        Assert.Equal(ProducerVerdict.Append, _states.Check(Header(sequence: 0, epoch: 4)).Verdict);

        Append(sequence: 0, epoch: 4);
        Assert.Equal(1, _states.Find(Pid)!.BatchCount);
    }

    [Fact]
    public void Checking_changes_nothing()
    {
        _states.Check(Header(sequence: 0));
        Assert.Equal(0, _states.Count);
    }

    [Fact]
    public void Replicated_batches_are_applied_without_a_sequence_check()
    {
        Append(sequence: 0);
        Append(sequence: 500);
        Assert.Equal(500, _states.Find(Pid)!.LastSequence);
    }

    [Fact]
    public void Transaction_is_open_from_its_first_batch_to_its_marker()
    {
        _end = 10;
        Append(sequence: 0, isTransactional: true);
        Append(sequence: 1, isTransactional: true);
        Append(sequence: 0, producerId: 50, isTransactional: true);
        Assert.Equal(10, _states.FirstOpenTransactionOffset);

        AppendMarker(Pid);
        Assert.Equal(12, _states.FirstOpenTransactionOffset);
        Assert.Equal(10, _states.FirstUndecidedOffset(highWatermark: 13));
        Assert.Equal(12, _states.FirstUndecidedOffset(highWatermark: 14));

        AppendMarker(50);
        Assert.Null(_states.FirstOpenTransactionOffset);
        Assert.Null(_states.FirstUndecidedOffset(highWatermark: 15));
    }

    [Fact]
    public void Idle_producers_expire_but_never_one_with_an_open_transaction()
    {
        Append(sequence: 0);
        Append(sequence: 0, producerId: 43);
        Append(sequence: 0, producerId: 44, isTransactional: true);
        Assert.Equal(0, _states.Expire(nowMs: 1000, expirationMs: 1000));

        Append(sequence: 1, producerId: 43);
        Assert.Equal(0, _states.Expire(nowMs: 1999, expirationMs: 1000));

        Assert.Equal(1, _states.Expire(nowMs: 2000, expirationMs: 1000));
        Assert.Equal([43L, 44L], _states.Producers.Select(producer => producer.ProducerId));
    }

    [Fact]
    public void Snapshot_keeps_everything_that_a_check_needs()
    {
        for (var i = 0; i < 7; i++)
            Append(sequence: i * 2, count: 2, epoch: 5);
        Append(sequence: int.MaxValue, count: 3, producerId: 7);
        Append(sequence: 0, producerId: 8, isTransactional: true);
        AppendMarker(9);

        var bytes = _states.Encode();
        var copy = ProducerStates.Decode(bytes);

        Assert.Equal(bytes, copy.Encode());
        Assert.Equal(_states.Count, copy.Count);
        Assert.Equal(_states.FirstOpenTransactionOffset, copy.FirstOpenTransactionOffset);
        foreach (var producer in _states.Producers)
        {
            var other = copy.Find(producer.ProducerId)!;
            Assert.Equal(producer.Batches.ToArray(), other.Batches.ToArray());
            Assert.Equal((producer.Epoch, producer.OpenTransactionOffset), (other.Epoch, other.OpenTransactionOffset));
        }
    }

    [Fact]
    public void Snapshot_has_Kafkas_layout()
    {
        _end = 1000;
        Append(sequence: 5, count: 3, epoch: 2);
        var expected =
            "0001" + "CCCCCCCC" + "00000001" + // version, crc, count
            "000000000000002A" + "0002" + // producer id, epoch
            "00000007" + "00000000000003EA" + "00000002" + // last sequence 7, last offset 1002, offset delta 2
            "00000000000003E8" + "FFFFFFFF" + "FFFFFFFFFFFFFFFF"; // timestamp 1000, no coordinator, no transaction

        var bytes = _states.Encode();
        var crc = Crc32C.Compute(bytes.AsSpan(6));
        Assert.Equal(crc, BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(2)));
        Assert.Equal(expected.Replace("CCCCCCCC", $"{crc:X8}"), Convert.ToHexString(bytes));
    }

    [Fact]
    public void Damaged_snapshot_is_refused()
    {
        Append(sequence: 0);
        var bytes = _states.Encode();
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<CorruptBatchException>(() => ProducerStates.Decode(bytes.AsSpan(0, length)));
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 1;
            Assert.Throws<CorruptBatchException>(() => ProducerStates.Decode(bytes));
            bytes[at] ^= 1;
        }
    }

    private static BatchHeader Header(
        int sequence, int count = 1, short epoch = 0, long producerId = Pid, bool isTransactional = false) => new()
        {
            ProducerId = producerId,
            ProducerEpoch = epoch,
            BaseSequence = sequence,
            RecordCount = count,
            LastOffsetDelta = count - 1,
            MaxTimestampMs = 1000,
            Attributes = BatchHeader.EncodeAttributes(default, default, isTransactional, isControl: false),
        };

    private void Append(
        int sequence, int count = 1, short epoch = 0, long producerId = Pid, bool isTransactional = false)
    {
        var header = Header(sequence, count, epoch, producerId, isTransactional) with { BaseOffset = _end };
        _end += count;
        _states.Apply(header, _end - 1);
    }

    private void AppendMarker(long producerId)
    {
        var header = Header(-1, producerId: producerId) with
        {
            BaseOffset = _end,
            Attributes = BatchHeader.EncodeAttributes(default, default, isTransactional: true, isControl: true),
        };
        _states.Apply(header, _end++, coordinatorEpoch: 1);
    }
}
