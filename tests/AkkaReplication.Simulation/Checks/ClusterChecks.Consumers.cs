using AkkaReplication.Records;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Checks;

/// <summary>What a consumer must be told when an unclean election has cut what it has read.</summary>
internal sealed partial class ClusterChecks
{
    // Of batches that were served after an unclean election: the epochs of what stood before them where they were.
    private readonly Dictionary<(TopicIdPartition, long BaseOffset, uint Crc), HashSet<LeaderEpoch>> _predecessors = [];

    /// <summary>
    /// KIP-320: a consumer goes on where it has read the records before. Another epoch's there means that it has read what was cut,
    /// and nobody has told it.
    /// </summary>
    /// <param name="epoch">Of the last record that it has read.</param>
    public void OnReadOn(TopicPartition partition, in BatchHeader next, LeaderEpoch epoch)
    {
        if (Truth.TryGetPartition(partition)?.Id is not { } id
            || !_predecessors.TryGetValue((id, next.BaseOffset, next.Crc), out var epochs) || epochs.Contains(epoch))
        {
            return;
        }

        throw new Violation(
            "I33",
            $"a consumer of {partition} that has read epoch {epoch} goes on at {next.BaseOffset}, which follows epoch {string.Join(" or ", epochs)}");
    }

    private void NotePredecessor(TopicIdPartition partition, ReadView view, ReadOnlyMemory<byte> records)
    {
        if (!BatchHeader.TryRead(records.Span, out var first) || first.BaseOffset <= view.LogStartOffset
            || view.Epochs.EpochAt(first.BaseOffset - 1) is not { } epoch)
        {
            return;
        }

        var key = (partition, first.BaseOffset, first.Crc);
        if (!_predecessors.TryGetValue(key, out var epochs))
            _predecessors.Add(key, epochs = []);
        epochs.Add(epoch);
    }
}
