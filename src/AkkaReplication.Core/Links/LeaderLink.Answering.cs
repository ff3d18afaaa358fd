using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Links;

public sealed partial class LeaderLink
{
    /// <summary>Partitions that are read at one time; the others are first at the next.</summary>
    public const int MaxReads = 64;

    /// <summary>Answers that a follower may leave unacknowledged before the oldest of them is forgotten.</summary>
    private const int MaxUnacknowledged = 64;

    /// <summary>Partitions in one answer.</summary>
    public const int MaxAnswered = 1000;

    private readonly Queue<Position> _unread = new();
    private readonly Queue<Position> _ready = new();
    private readonly Queue<Position> _watermarks = new();
    private PeerFetch? _parked;
    private long _parkedMs;
    private long _timerDueMs = long.MaxValue;

    /// <summary>The timer of <see cref="StartLinkTimer"/> has run down.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        _timerDueMs = long.MaxValue;
        _nowMs = nowMs;
        if (_parked is not null && nowMs >= ParkedUntilMs)
            AnswerParked(effects);
        ArmTimer(nowMs, effects);
    }

    private long ParkedUntilMs => _parkedMs + Math.Clamp(_parked!.MaxWaitMs, 0, options.MaxWaitMs);

    /// <summary>Judges what a view means to a position: an error, records, or at most a high watermark and a log start.</summary>
    private void Take(Position position, ReadView view)
    {
        position.View = view;
        if (view.Judge(position.Fetch.CurrentLeaderEpoch) is var error and not ErrorCode.None)
        {
            MakeReady(position, FetchedPartition.To(position.Fetch, error, null, null, default));
        }
        else if (view.LogEndOffset > position.Fetch.FetchOffset)
        {
            MakeUnread(position);
        }
        else
        {
            position.State = PositionState.Idle;
            if (position.HasUntoldBounds && !position.IsInWatermarks)
            {
                position.IsInWatermarks = true;
                _watermarks.Enqueue(position);
            }
        }
    }

    private void MakeUnread(Position position)
    {
        position.State = PositionState.Unread;
        if (position.IsInUnread)
            return;

        position.IsInUnread = true;
        _unread.Enqueue(position);
    }

    private void MakeReady(Position position, FetchedPartition answer)
    {
        position.State = PositionState.Ready;
        position.Answer = answer;
        if (position.IsInReady)
            return;

        position.IsInReady = true;
        _ready.Enqueue(position);
    }

    /// <summary>
    /// While a request is parked, what there is to read is read for it, and it is answered as soon as something is there.
    /// A read that takes long keeps nothing else waiting, and its bytes go with whatever request is parked then.
    /// </summary>
    private void Proceed(EffectList effects)
    {
        if (_parked is null)
            return;
        if (_ready.Count > 0)
            AnswerParked(effects);
        else
            StartReads(effects);
    }

    private void StartReads(EffectList effects)
    {
        if (_unread.Count == 0)
            return;

        var reads = ImmutableArray.CreateBuilder<LinkRead>(Math.Min(_unread.Count, MaxReads));
        while (reads.Count < MaxReads && _unread.TryDequeue(out var position))
        {
            position.IsInUnread = false;
            if (position.State != PositionState.Unread)
                continue;

            position.State = PositionState.Reading;
            position.TellBounds();
            reads.Add(new LinkRead(position.Fetch, position.View!, options.PartitionMaxBytes));
        }

        if (reads.Count > 0)
            effects.Add(new ReadForFollower(reads.DrainToImmutable(), MaxBytesOf(_parked!)));
    }

    /// <summary>
    /// Answers the parked request with what there is; high watermarks and log starts ride along, but never complete a
    /// request by themselves.
    /// </summary>
    private void AnswerParked(EffectList effects)
    {
        var parked = _parked!;
        _parked = null;
        var partitions = ImmutableArray.CreateBuilder<FetchedPartition>(
            Math.Min(_ready.Count + _watermarks.Count, MaxAnswered));
        TakeReady(partitions, MaxBytesOf(parked));
        TakeWatermarks(partitions);
        if (_unacknowledged.Count == MaxUnacknowledged)
            _unacknowledged.Dequeue();
        _unacknowledged.Enqueue((parked.Number, _nowMs));
        effects.Add(new SendAnswer(new PeerFetchAnswer(
            options.Self,
            _ownEpoch,
            parked.SessionId,
            parked.Number,
            ErrorCode.None,
            partitions.DrainToImmutable())));
    }

    private int MaxBytesOf(PeerFetch fetch) => Math.Min(fetch.MaxBytes, options.MaxBytes);

    private void TakeReady(ImmutableArray<FetchedPartition>.Builder partitions, long maxBytes)
    {
        while (partitions.Count < MaxAnswered && maxBytes > 0 && _ready.TryDequeue(out var position))
        {
            position.IsInReady = false;
            if (position.State != PositionState.Ready)
                continue;

            var answer = position.Answer!;
            position.State = PositionState.Answered;
            position.Answer = null;
            partitions.Add(answer);
            maxBytes -= answer.Records.Length;
        }
    }

    private void TakeWatermarks(ImmutableArray<FetchedPartition>.Builder partitions)
    {
        while (partitions.Count < MaxAnswered && _watermarks.TryDequeue(out var position))
        {
            position.IsInWatermarks = false;
            if (position.State != PositionState.Idle || !position.HasUntoldBounds)
                continue;

            position.TellBounds();
            partitions.Add(FetchedPartition.To(position.Fetch, ErrorCode.None, null, position.View, default));
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
