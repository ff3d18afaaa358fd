namespace AkkaReplication.Tool.Judging;

/// <summary>
/// Judges one full read of the log (the consumer's, or one replica's files) against what was acknowledged. Fed with
/// every
/// record, partition by partition, in the order of the read; it knows nothing of how the read was made.
/// </summary>
/// <param name="sent">Records 1 to this number were sent.</param>
/// <param name="probes">Probes -1 to minus this number were sent: by other producers, so in no order.</param>
internal sealed class ViewJudge(string name, Acknowledgements acknowledged, long sent, long probes = 0)
{
    private readonly int[] _next = new int[acknowledged.Partitions];
    private readonly long[] _lastOffset = Enumerable.Repeat(-1L, acknowledged.Partitions).ToArray();
    private readonly long[] _lastRecord = new long[acknowledged.Partitions];
    private readonly HashSet<long> _seen = [];
    private readonly HashSet<long> _duplicated = [];
    private readonly List<AcknowledgedRecord> _lost = [];
    private readonly List<string> _problems = [];
    private long _problemCount;
    private long _read;
    private long _readable;
    private long _outOfOrder;

    /// <param name="record">The number that the record's key says, or null when the key is no number.</param>
    public void OnRecord(int partition, long offset, long? record, ulong digest)
    {
        _read++;
        if (offset <= _lastOffset[partition])
            Problem($"partition {partition}: offset {offset} was read after {_lastOffset[partition]}");
        _lastOffset[partition] = Math.Max(_lastOffset[partition], offset);

        Match(partition, offset, record, digest);
        if (record is not { } number || number == 0 || number > sent || number < -probes)
        {
            Problem($"partition {partition}: at offset {offset} stands a record that nobody sent");
            return;
        }

        if (!_seen.Add(number))
            _duplicated.Add(number);
        else if (number > 0 && number < _lastRecord[partition])
            _outOfOrder++;
        _lastRecord[partition] = Math.Max(_lastRecord[partition], number);
    }

    public ViewJudgement Finish()
    {
        for (var partition = 0; partition < acknowledged.Partitions; partition++)
            LoseBelow(partition, long.MaxValue);
        if (_problemCount > _problems.Count)
            _problems.Add($"and {_problemCount - _problems.Count} more of this kind");
        return new ViewJudgement(name, _read, _readable, _lost, _duplicated, _outOfOrder, _problems);
    }

    private void Match(int partition, long offset, long? record, ulong digest)
    {
        LoseBelow(partition, offset);
        var expected = acknowledged[partition];
        for (; _next[partition] < expected.Length && expected[_next[partition]].Offset == offset; _next[partition]++)
        {
            var promised = expected[_next[partition]];
            if (promised.Record == record && promised.Digest == digest)
                _readable++;
            else
                _lost.Add(promised);
        }
    }

    /// <summary>
    /// What was acknowledged below the offset and has not been read will not be: reads only go forward.
    /// </summary>
    private void LoseBelow(int partition, long offset)
    {
        var expected = acknowledged[partition];
        for (; _next[partition] < expected.Length && expected[_next[partition]].Offset < offset; _next[partition]++)
            _lost.Add(expected[_next[partition]]);
    }

    private void Problem(string problem)
    {
        if (_problemCount++ < 10)
            _problems.Add(problem);
    }
}

/// <summary>What one full read showed.</summary>
/// <param name="Lost">Acknowledged records that do not stand at their offsets.</param>
/// <param name="Duplicated">Records that stand at two offsets, acknowledged or not.</param>
/// <param name="OutOfOrder">Records that stand after one that was sent later to the same partition.</param>
/// <param name="Problems">What no honest log can show: a record nobody sent, offsets that go back.</param>
internal sealed record ViewJudgement(
    string Name,
    long Read,
    long Readable,
    IReadOnlyList<AcknowledgedRecord> Lost,
    IReadOnlySet<long> Duplicated,
    long OutOfOrder,
    IReadOnlyList<string> Problems);
