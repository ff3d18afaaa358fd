namespace AkkaReplication.Storage;

/// <summary>
/// One lock per log name, for all that creates, closes or renames logs: slow disk work on one log must not hold up that on
/// others. Several names may share a lock.
/// </summary>
internal sealed class NameLocks
{
    private const int Count = 64;

    private readonly Lock[] _locks = [.. Enumerable.Range(0, Count).Select(_ => new Lock())];

    public Lock this[TopicPartition name] => _locks[(uint)name.GetHashCode() % Count];
}
