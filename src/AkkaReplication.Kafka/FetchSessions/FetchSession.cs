using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.FetchSessions;

/// <summary>
/// The partitions that a client follows, so that its requests name only what has changed for it, and answers only what is
/// new (KIP-227). Belongs to no connection. Any thread.
/// </summary>
internal sealed class FetchSession
{
    private readonly Lock _lock = new();
    private readonly Dictionary<FetchKey, LinkedListNode<SessionPartition>> _partitions = [];

    // In the order in which they are read: whoever was given records goes to the end, so that a small max.bytes starves nobody.
    private readonly LinkedList<SessionPartition> _order = new();
    private readonly bool _usesTopicIds;
    private int _nextEpoch = SessionEpochs.AfterOpening;

    public FetchSession(long nowMs, bool usesTopicIds)
    {
        OpenedMs = nowMs;
        LastUsedMs = nowMs;
        _usesTopicIds = usesTopicIds;
    }

    /// <summary>Given by the cache, once; never 0 then.</summary>
    public int Id { get; set; }

    public long OpenedMs { get; }

    /// <summary>The cache's, in its turns.</summary>
    public long LastUsedMs { get; set; }

    /// <summary>The cache's, in its turns: as many partitions as it counts for this session.</summary>
    public int CountedPartitions { get; set; }

    /// <summary>What the first request lists, with what its client is told. Returns false where it lists something twice.</summary>
    public bool TryOpen(ReadOnlySpan<FetchTarget> targets, ReadOnlySpan<FetchResponse.FetchPartition> outcomes)
    {
        lock (_lock)
        {
            foreach (var target in targets)
                Put(target);
            if (_partitions.Count != targets.Length)
                return false;
            for (var i = 0; i < targets.Length; i++)
                Tell(_partitions[targets[i].Key], outcomes[i]);
            return true;
        }
    }

    /// <summary>The next fetch, which changes the session; or why it is not the next.</summary>
    /// <param name="size">The partitions afterwards.</param>
    public FetchContext Continue(FetchRequest request, bool usesTopicIds, out int size)
    {
        lock (_lock)
        {
            size = _partitions.Count;
            if (request.SessionEpoch != _nextEpoch)
                return FetchContext.Refused(ErrorCode.InvalidFetchSessionEpoch);
            if (usesTopicIds != _usesTopicIds)
                return FetchContext.Refused(ErrorCode.FetchSessionTopicIdError);

            foreach (var target in FetchTarget.Of(request, usesTopicIds))
                Put(target);
            Forget(request);
            size = _partitions.Count;
            _nextEpoch = SessionEpochs.After(_nextEpoch);
            var partitions = new LinkedListNode<SessionPartition>[_order.Count];
            var next = 0;
            for (var node = _order.First; node is not null; node = node.Next)
                partitions[next++] = node;
            return new IncrementalFetch(this, _nextEpoch, partitions) { UsesTopicIds = usesTopicIds };
        }
    }

    /// <summary>The targets of which the client has to be told; null where it has gone on meanwhile.</summary>
    private List<int>? Conclude(
        int nextEpoch, LinkedListNode<SessionPartition>[] partitions, ReadOnlySpan<FetchResponse.FetchPartition> outcomes)
    {
        lock (_lock)
        {
            if (_nextEpoch != nextEpoch)
                return null;
            var answered = new List<int>();
            for (var i = 0; i < partitions.Length; i++)
            {
                if (Tell(partitions[i], outcomes[i]))
                    answered.Add(i);
            }

            return answered;
        }
    }

    private bool Tell(LinkedListNode<SessionPartition> partition, in FetchResponse.FetchPartition outcome)
    {
        var isNews = partition.Value.Tell(outcome);
        if (outcome.Records is { IsEmpty: false })
        {
            _order.Remove(partition);
            _order.AddLast(partition);
        }

        return isNews;
    }

    private void Put(in FetchTarget target)
    {
        if (_partitions.TryGetValue(target.Key, out var known))
            known.Value.Target = target;
        else
            _partitions.Add(target.Key, _order.AddLast(new SessionPartition(target)));
    }

    private void Forget(FetchRequest request)
    {
        foreach (var topic in request.ForgottenTopics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (_partitions.Remove(FetchTarget.KeyOf(_usesTopicIds, topic.Topic, topic.TopicId, partition), out var forgotten))
                    _order.Remove(forgotten);
            }
        }
    }

    /// <summary>A fetch of everything that the session has, which is answered with what is new.</summary>
    private sealed class IncrementalFetch : FetchContext
    {
        private readonly FetchSession _session;
        private readonly int _nextEpoch;
        private readonly LinkedListNode<SessionPartition>[] _partitions;
        private readonly FetchTarget[] _targets;

        public IncrementalFetch(FetchSession session, int nextEpoch, LinkedListNode<SessionPartition>[] partitions)
        {
            _session = session;
            _nextEpoch = nextEpoch;
            _partitions = partitions;
            _targets = Array.ConvertAll(partitions, node => node.Value.Target);
        }

        public override IReadOnlyList<FetchTarget> Targets => _targets;

        public override FetchConclusion Conclude(long nowMs, ReadOnlySpan<FetchResponse.FetchPartition> outcomes) =>
            _session.Conclude(_nextEpoch, _partitions, outcomes) is { } answered
                ? new FetchConclusion(ErrorCode.None, _session.Id, answered)
                : new FetchConclusion(ErrorCode.InvalidFetchSessionEpoch, _session.Id, []);
    }
}
