using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

public sealed partial class LeaderLink
{
    /// <summary>Partitions with records in one answer; the others are first in the next.</summary>
    public const int MaxReads = 64;

    /// <summary>Partitions without records in one answer.</summary>
    public const int MaxWithoutRecords = 1000;

    private readonly Queue<Position> _ready = new();
    private readonly Queue<Position> _watermarks = new();
    private PeerFetch? _parked;
    private long _parkedMs;
    private long _timerDueMs = long.MaxValue;

    /// <summary>The timer of <see cref="StartLinkTimer"/> has run down.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        _timerDueMs = long.MaxValue;
        if (_parked is not null && nowMs >= ParkedUntilMs)
            AnswerParked(effects);
        ArmTimer(nowMs, effects);
    }

    private long ParkedUntilMs => _parkedMs + Math.Clamp(_parked!.MaxWaitMs, 0, options.MaxWaitMs);

    /// <summary>Judges what a view means to a position: an error, records, or at most a high watermark.</summary>
    private void Take(Position position, ReadView view)
    {
        position.View = view;
        if (view.Judge(position.Fetch.CurrentLeaderEpoch) is var error and not ErrorCode.None)
        {
            MakeReady(position, FetchedPartition.To(position.Fetch, error, null, null, default));
        }
        else if (view.LogEndOffset > position.Fetch.FetchOffset)
        {
            MakeReady(position, null);
        }
        else
        {
            position.State = PositionState.Idle;
            if (view.HighWatermark != position.ToldHighWatermark && !position.IsInWatermarks)
            {
                position.IsInWatermarks = true;
                _watermarks.Enqueue(position);
            }
        }
    }

    private void MakeReady(Position position, FetchedPartition? answer)
    {
        position.State = PositionState.Ready;
        position.Answer = answer;
        if (position.IsInReady)
            return;

        position.IsInReady = true;
        _ready.Enqueue(position);
    }

    private void AnswerIfReady(EffectList effects)
    {
        if (_parked is not null && _ready.Count > 0)
            AnswerParked(effects);
    }

    /// <summary>
    /// Answers the parked request with what there is; high watermarks ride along, but never complete a request by
    /// themselves.
    /// </summary>
    private void AnswerParked(EffectList effects)
    {
        var parked = _parked!;
        _parked = null;
        var withoutRecords = ImmutableArray.CreateBuilder<FetchedPartition>();
        var reads = ImmutableArray.CreateBuilder<LinkRead>();
        TakeReady(withoutRecords, reads);
        TakeWatermarks(withoutRecords);
        var answer = new PeerFetchAnswer(
            options.Self,
            _ownEpoch,
            parked.SessionId,
            parked.Number,
            ErrorCode.None,
            withoutRecords.DrainToImmutable());
        var maxBytes = Math.Min(parked.MaxBytes, options.MaxBytes);
        effects.Add(reads.Count == 0
            ? new SendAnswer(answer)
            : new ReadAndAnswer(answer, reads.DrainToImmutable(), maxBytes));
    }

    private void TakeReady(
        ImmutableArray<FetchedPartition>.Builder withoutRecords, ImmutableArray<LinkRead>.Builder reads)
    {
        while (reads.Count < MaxReads
            && withoutRecords.Count < MaxWithoutRecords
            && _ready.TryDequeue(out var position))
        {
            position.IsInReady = false;
            if (position.State != PositionState.Ready)
                continue;

            position.State = PositionState.Answered;
            if (position.Answer is { } answer)
            {
                withoutRecords.Add(answer);
                continue;
            }

            position.ToldHighWatermark = position.View!.HighWatermark;
            reads.Add(new LinkRead(position.Fetch, position.View, options.PartitionMaxBytes));
        }
    }

    private void TakeWatermarks(ImmutableArray<FetchedPartition>.Builder withoutRecords)
    {
        while (withoutRecords.Count < MaxWithoutRecords && _watermarks.TryDequeue(out var position))
        {
            position.IsInWatermarks = false;
            if (position.State != PositionState.Idle || position.View!.HighWatermark == position.ToldHighWatermark)
                continue;

            position.ToldHighWatermark = position.View.HighWatermark;
            withoutRecords.Add(FetchedPartition.To(position.Fetch, ErrorCode.None, null, position.View, default));
        }
    }

    private void ArmTimer(long nowMs, EffectList effects)
    {
        if (_parked is null || ParkedUntilMs >= _timerDueMs)
            return;

        _timerDueMs = ParkedUntilMs;
        effects.Add(new StartLinkTimer(Math.Max(0, _timerDueMs - nowMs)));
    }
}
