using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Positions that must be looked up, and the caller's own questions about offsets.</summary>
public sealed partial class ConsumerClient
{
    private readonly List<OffsetQuestion> _questions = [];

    /// <summary>
    /// Looks offsets up by time, or at the ends; ends in exactly one <see cref="OffsetsFound"/> with the token. The
    /// partitions need not be assigned. Needs a turn.
    /// </summary>
    /// <param name="searches">Ms since the Unix epoch, <see cref="End"/> or <see cref="Beginning"/>.</param>
    public void FindOffsets(
        long nowMs, long token, IReadOnlyList<(TopicPartition Partition, long TimestampMs)> searches, int timeoutMs)
    {
        if (searches.Count == 0)
            throw new ArgumentException("Nothing is asked for.", nameof(searches));

        var question = new OffsetQuestion(token, nowMs + timeoutMs, searches.Count);
        foreach (var (partition, timestampMs) in searches)
        {
            var search = new OffsetSearch(partition, timestampMs, question);
            question.Searches.Add(search);
            _finder.Add(search);
        }

        _questions.Add(question);
    }

    private long NextQuestionDeadlineMs
    {
        get
        {
            var next = long.MaxValue;
            foreach (var question in _questions)
                next = Math.Min(next, question.DeadlineMs);
            return next;
        }
    }

    private void LookUp(ConsumerPartition partition, long where)
    {
        partition.Phase = ConsumerPhase.Resetting;
        partition.Position = -1;
        partition.PositionEpoch = LeaderEpoch.None;
        partition.Rewind(++_generation);
        partition.Search = new OffsetSearch(partition.Partition, where, partition);
    }

    /// <summary>The position has lost its meaning.</summary>
    private void LeavePosition(ConsumerPartition partition, string reason, EffectList effects)
    {
        if (_settings.AutoOffsetReset != AutoOffsetReset.None)
            effects.Add(new ClientObserved(new PositionReset(partition.Partition, reason, _settings.AutoOffsetReset)));
        ResetByPolicy(partition, reason);
    }

    private void ResetByPolicy(ConsumerPartition partition, string reason)
    {
        if (_settings.AutoOffsetReset == AutoOffsetReset.None)
            Fail(partition, ErrorCode.OffsetOutOfRange, reason + " auto.offset.reset is none.");
        else
            LookUp(partition, _settings.AutoOffsetReset == AutoOffsetReset.Earliest ? Beginning : End);
    }

    private void StartSearch(ConsumerPartition partition)
    {
        if (partition.Search is { IsStarted: false } search)
        {
            search.IsStarted = true;
            _finder.Add(search);
        }
    }

    private void StopSearch(ConsumerPartition partition)
    {
        if (partition.Search is { } search)
            _finder.Remove(search);
        partition.Search = null;
        partition.CommittedToken = null;
    }

    private void OnOffsetFound(OffsetSearch search, PartitionOffset result, EffectList effects)
    {
        switch (search.Owner)
        {
            case ConsumerPartition partition when partition.Search == search:
                partition.Search = null;
                partition.StartAt(Math.Max(result.Offset, 0), LeaderEpoch.None, ++_generation);
                break;

            case OffsetQuestion question:
                question.Offsets[question.Searches.IndexOf(search)] =
                    new FoundOffset(search.Partition, result.Offset, result.TimestampMs, result.LeaderEpoch);
                if (--question.Missing == 0)
                    Finish(question, ErrorCode.None, null, effects);
                break;
        }
    }

    private void OnOffsetRefused(OffsetSearch search, ErrorCode error, EffectList effects)
    {
        switch (search.Owner)
        {
            case ConsumerPartition partition when partition.Search == search:
                partition.Search = null;
                Fail(partition, error, $"The position in {partition.Partition} cannot be looked up.");
                break;

            case OffsetQuestion question:
                Finish(question, error, $"The offset of {search.Partition} cannot be looked up.", effects);
                break;
        }
    }

    private void ExpireQuestions(long nowMs, EffectList effects)
    {
        for (var i = _questions.Count - 1; i >= 0; i--)
        {
            var question = _questions[i];
            if (nowMs < question.DeadlineMs)
                continue;

            var open = question.Searches.Find(
                search => question.Offsets[question.Searches.IndexOf(search)].Partition.Topic is null)!;
            var unknown = Metadata.Find(open.Partition.Topic) is { Error: ErrorCode.UnknownTopicOrPartition };
            var error = unknown ? ErrorCode.UnknownTopicOrPartition : ErrorCode.RequestTimedOut;
            var last = open.LastError == ErrorCode.None ? "no leader answered" : $"last: {open.LastError.KafkaName()}";
            Finish(question, error, $"The offset of {open.Partition} was not found in time; {last}.", effects);
        }
    }

    private void FailQuestions(ErrorCode error, string message, EffectList effects)
    {
        while (_questions.Count > 0)
            Finish(_questions[0], error, message, effects);
    }

    private void Finish(OffsetQuestion question, ErrorCode error, string? message, EffectList effects)
    {
        _questions.Remove(question);
        foreach (var search in question.Searches)
            _finder.Remove(search);
        effects.Add(new OffsetsFound(
            question.Token, error, message, error == ErrorCode.None ? question.Offsets : []));
    }

    private sealed class OffsetQuestion(long token, long deadlineMs, int count)
    {
        public long Token { get; } = token;

        public long DeadlineMs { get; } = deadlineMs;

        public List<OffsetSearch> Searches { get; } = new(count);

        public FoundOffset[] Offsets { get; } = new FoundOffset[count];

        public int Missing { get; set; } = count;
    }
}
