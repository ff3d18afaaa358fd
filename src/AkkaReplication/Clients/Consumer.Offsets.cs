namespace AkkaReplication.Clients;

/// <summary>Questions about offsets, which the partitions' leaders answer.</summary>
internal sealed partial class Consumer<TKey, TValue>
{
    private readonly Dictionary<long, TaskCompletionSource<IReadOnlyList<FoundOffset>>> _questions = [];
    private long _lastQuestion;

    public Task<IReadOnlyList<TopicPartitionOffset>> EndOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) =>
        FindAsync(partitions.Select(p => (p, ConsumerClient.End)), ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> BeginningOffsetsAsync(
        IEnumerable<TopicPartition> partitions, CancellationToken ct = default) =>
        FindAsync(partitions.Select(p => (p, ConsumerClient.Beginning)), ct);

    public Task<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimesAsync(
        IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default) =>
        FindAsync(moments.Select(m => (m.TopicPartition, Math.Max(m.Timestamp.ToUnixTimeMilliseconds(), 0))), ct);

    public async Task SeekToTimeAsync(IEnumerable<TopicPartitionTimestamp> moments, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(moments);
        var asked = moments.ToArray();
        foreach (var moment in asked)
            Position(moment.TopicPartition);
        foreach (var found in await OffsetsForTimesAsync(asked, ct).ConfigureAwait(false))
            Seek(found);
    }

    private async Task<IReadOnlyList<TopicPartitionOffset>> FindAsync(
        IEnumerable<(TopicPartition Partition, long TimestampMs)> searches, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var asked = searches.ToArray();
        if (asked.Length == 0)
            return [];

        var question = new TaskCompletionSource<IReadOnlyList<FoundOffset>>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_host.Gate)
        {
            RequireAlive();
            _questions.Add(++_lastQuestion, question);
            _host.Machine.FindOffsets(_host.NowMs, _lastQuestion, asked, _apiTimeoutMs);
        }

        _host.Wake();
        var found = await question.Task.WaitAsync(ct).ConfigureAwait(false);
        return
        [
            .. found.Select(
                f => new TopicPartitionOffset(f.Partition, f.Offset < 0 ? Offset.End : new Offset(f.Offset))),
        ];
    }

    private void Answer(OffsetsFound found)
    {
        TaskCompletionSource<IReadOnlyList<FoundOffset>>? question;
        lock (_host.Gate)
            _questions.Remove(found.Token, out question);
        if (found.Error == ErrorCode.None)
            question?.TrySetResult(found.Offsets);
        else
            question?.TrySetException(new ReplicationException(found.Error, found.Message ?? ""));
    }
}
