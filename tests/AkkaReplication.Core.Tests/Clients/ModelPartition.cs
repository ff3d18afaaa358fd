using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Core.Tests.Clients;

/// <summary>
/// A partition of the model cluster: one log, of which the tail is uncommitted and may be cut when the leader moves.
/// Its
/// judgement of sequences is the product's own.
/// </summary>
internal sealed class ModelPartition(TopicIdPartition partition)
{
    private readonly List<Entry> _entries = [];

    // What a replica in sync still has, and the leader does not: as long as that has committed nothing, it may lead next.
    private List<Entry> _elsewhere = [];
    private ProducerStates _producers = new();

    public TopicIdPartition Partition { get; } = partition;

    public BrokerId Leader { get; set; }

    public LeaderEpoch LeaderEpoch { get; set; } = new(0);

    public long NextOffset { get; private set; }

    public long Committed { get; private set; }

    public IEnumerable<(long Id, long Offset)> Records =>
        _entries.SelectMany(e => e.Ids.Select((id, i) => (id, e.Header.BaseOffset + i)));

    /// <summary>
    /// What a leader does with a batch; the offset is that of the first record, of the first copy for a repetition.
    /// </summary>
    public (ErrorCode Error, long BaseOffset, long NextOffset) Append(ReadOnlyMemory<byte> bytes)
    {
        Assert.Null(BatchValidation.Check(bytes.Span, new BatchLimits(), out var header));
        if (header.HasProducerId)
        {
            var check = _producers.Check(header);
            if (check.Verdict == ProducerVerdict.Refuse)
                return (check.Error, -1, -1);
            if (check.Verdict == ProducerVerdict.Duplicate)
                return (ErrorCode.None, check.Original.BaseOffset, check.Original.LastOffset + 1);
        }

        var stamped = header with { BaseOffset = NextOffset };
        var entry = new Entry(stamped, [.. IdsOf(bytes)]);
        _entries.Add(entry);
        _producers.Apply(stamped, stamped.LastOffset);
        NextOffset = stamped.NextOffset;
        return (ErrorCode.None, stamped.BaseOffset, NextOffset);
    }

    public void Commit(long upTo)
    {
        if (Math.Min(upTo, NextOffset) <= Committed)
            return;

        // Everybody in sync has what is committed, and so nothing else in its place.
        Committed = Math.Min(upTo, NextOffset);
        _elsewhere = [];
    }

    /// <summary>Another leadership; a leader that was behind lacks what was not committed.</summary>
    public void MoveTo(BrokerId leader, bool cut)
    {
        BeginEpoch(leader);
        if (cut)
            ReplaceTail([]);
        else
            Commit(NextOffset);
    }

    /// <summary>Another leadership, of a replica that has kept what the leader lacked.</summary>
    public void MoveBackTo(BrokerId leader)
    {
        BeginEpoch(leader);
        ReplaceTail(_elsewhere);
    }

    private void BeginEpoch(BrokerId leader)
    {
        Leader = leader;
        LeaderEpoch = LeaderEpoch.Next();
    }

    private void ReplaceTail(List<Entry> tail)
    {
        var cut = _entries.FindAll(e => e.Header.BaseOffset >= Committed);
        _entries.RemoveAll(e => e.Header.BaseOffset >= Committed);
        _entries.AddRange(tail);
        if (cut.Count > 0)
            _elsewhere = cut;
        NextOffset = _entries.Count == 0 ? 0 : _entries[^1].Header.NextOffset;
        _producers = new ProducerStates();
        foreach (var entry in _entries)
            _producers.Apply(entry.Header, entry.Header.LastOffset);
    }

    private static List<long> IdsOf(ReadOnlyMemory<byte> bytes)
    {
        var ids = new List<long>();
        var records = new RecordBatchReader(bytes);
        while (records.MoveNext())
            ids.Add(BitConverter.ToInt64(records.Value.Span));
        return ids;
    }

    private sealed record Entry(BatchHeader Header, long[] Ids);
}
