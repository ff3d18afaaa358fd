namespace AkkaReplication.Tool.Judging;

/// <summary>All acknowledgements of a drill, by partition and ascending offset. Immutable.</summary>
internal sealed class Acknowledgements
{
    private readonly AcknowledgedRecord[][] _byPartition;

    public Acknowledgements(int partitions, IEnumerable<AcknowledgedRecord> records)
    {
        var lists = new List<AcknowledgedRecord>[partitions];
        for (var partition = 0; partition < partitions; partition++)
            lists[partition] = [];
        foreach (var record in records)
            lists[record.Partition].Add(record);

        _byPartition = Array.ConvertAll(lists, list => list.OrderBy(record => record.Offset).ToArray());
        Count = _byPartition.Sum(list => (long)list.Length);
    }

    public int Partitions => _byPartition.Length;

    public long Count { get; }

    public ReadOnlySpan<AcknowledgedRecord> this[int partition] => _byPartition[partition];

    public IEnumerable<AcknowledgedRecord> All => _byPartition.SelectMany(list => list);
}
