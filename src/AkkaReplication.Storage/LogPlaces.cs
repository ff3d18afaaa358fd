using System.Collections.Immutable;

namespace AkkaReplication.Storage;

/// <summary>
/// Which directory of a session holds which log. A log that is on a disk stays there, whatever state it is in: an empty one
/// elsewhere would be taken for the replica (KAFKA-16234). A new one goes where the fewest are, among the directories that
/// work and have room. Any thread; no disk work.
/// </summary>
internal sealed class LogPlaces(ImmutableArray<DataDirectory> directories)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TopicIdPartition, int> _created = [];
    private readonly int[] _counts = [.. directories.Select(directory => directory.LogCount)];

    /// <summary>The number of the directory that holds the log, or will.</summary>
    public int Of(TopicIdPartition id, TopicPartition name)
    {
        if (directories.Length == 1)
            return 0;

        lock (_lock)
        {
            if (_created.TryGetValue(id, out var place))
                return place;
            for (var i = 0; i < directories.Length; i++)
            {
                if (directories[i].Holds(id, name))
                    return i;
            }

            place = Enumerable.Range(0, directories.Length).MinBy(i => (directories[i].HasFailed, directories[i].Space.IsFull, _counts[i]));
            _counts[place]++;
            _created.Add(id, place);
            return place;
        }
    }

    /// <summary>The log is gone from that directory: should it come back, it is a new one.</summary>
    public void Forget(TopicIdPartition id, DataDirectory directory)
    {
        lock (_lock)
        {
            _created.Remove(id);
            _counts[directories.IndexOf(directory)]--;
        }
    }
}
