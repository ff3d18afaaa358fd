using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Logs;
using AkkaReplication.Replicas;

namespace AkkaReplication.Sessions;

internal sealed partial class ClientSessionActor
{
    private readonly Dictionary<long, ParkedFetch> _fetches = [];

    private void OnFetch(long callId, FetchRequest request)
    {
        if (!TryServe(callId, request, force: request.MaxWaitMs <= 0))
            Park(callId, request, Context.NowMs() + request.MaxWaitMs);
    }

    private void Park(long callId, FetchRequest request, long deadlineMs)
    {
        var parked = new ParkedFetch(request, deadlineMs);
        foreach (var position in request.Positions)
        {
            if (!_broker.Replicas.TryGet(position.Partition, out var replica))
                continue;
            var view = replica.View;
            var waiter = new ReadWaiter(
                Self, callId, Math.Max(position.Offset, view?.HighWatermark ?? 0), view?.LeaderEpoch ?? LeaderEpoch.None);
            if (replica.TryWait(waiter))
            {
                parked.Waiters.Add((replica, waiter));
                continue;
            }

            // It became readable meanwhile: look again in a turn of its own.
            Self.Tell(new ReadReady(callId));
        }

        _fetches[callId] = parked;
        var delay = Math.Max(1, deadlineMs - Context.NowMs());
        Timers.StartSingleTimer(new FetchDeadline(callId), new FetchDeadline(callId), TimeSpan.FromMilliseconds(delay));
    }

    private void OnReadReady(long callId)
    {
        if (!_fetches.TryGetValue(callId, out var parked))
            return;
        Unpark(callId, parked);
        if (!TryServe(callId, parked.Request, force: Context.NowMs() >= parked.DeadlineMs))
            Park(callId, parked.Request, parked.DeadlineMs);
    }

    private void OnFetchDeadline(long callId)
    {
        if (!_fetches.TryGetValue(callId, out var parked))
            return;
        Unpark(callId, parked);
        TryServe(callId, parked.Request, force: true);
    }

    /// <summary>Reads, and answers if there is enough, something to say, or no more time.</summary>
    private bool TryServe(long callId, FetchRequest request, bool force)
    {
        // Taken before the read, given back once the answer has left.
        var credit = _broker.ConsumerFetchBudget.TakeUpTo(request.MaxBytes);
        try
        {
            var read = Read(request, Math.Max(1, credit));
            if (!force && read.Bytes < request.MinBytes && !read.HasNews)
                return false;
            Reply(callId, new FetchResponse(read.Results));
            return true;
        }
        finally
        {
            _broker.ConsumerFetchBudget.Give(credit);
        }
    }

    private void Unpark(long callId, ParkedFetch parked)
    {
        _fetches.Remove(callId);
        Timers.Cancel(new FetchDeadline(callId));
        ForgetWaiters(parked);
    }

    private static void ForgetWaiters(ParkedFetch parked)
    {
        foreach (var (replica, waiter) in parked.Waiters)
            replica.Forget(waiter);
    }

    private FetchRead Read(FetchRequest request, int maxBytes)
    {
        var results = ImmutableArray.CreateBuilder<PartitionFetched>(request.Positions.Length);
        var bytes = 0;
        var hasNews = false;
        foreach (var position in request.Positions)
        {
            var budget = Math.Min(position.MaxBytes, maxBytes - bytes);
            var result = Read(position, request.Isolation, budget, atLeastOneBatch: bytes == 0);
            bytes += result.Records.Length;
            hasNews |= result.Error != ErrorCode.None || result.DivergingEpochEnd >= 0;
            results.Add(result);
        }

        return new FetchRead(results.MoveToImmutable(), bytes, hasNews);
    }

    private PartitionFetched Read(FetchPosition position, IsolationLevel isolation, int maxBytes, bool atLeastOneBatch)
    {
        if (!_broker.Replicas.TryGet(position.Partition, out var replica) || replica.View is not { } view)
            return Failed(position, NotHere(position.Partition));

        view = WithLease(view);
        var read = ConsumerRead.Decide(
            view, position.LeaderEpoch, position.Offset, position.LastFetchedEpoch, isolation, Context.NowMs());
        if (read.Error != ErrorCode.None)
            return Failed(position, read.Error, view);
        if (read.Diverging is { } diverging)
            return Diverged(position, view, diverging);
        if (maxBytes <= 0 || position.Offset >= read.UpToOffset)
            return Fetched(position, view, ReadOnlyMemory<byte>.Empty);

        try
        {
            var records = view.Log.Read(position.Offset, read.UpToOffset, maxBytes, atLeastOneBatch);

            // Bytes read while the log was being truncated may be of no record that ever was committed.
            return view.Log.IsCurrent
                ? Fetched(position, view, records)
                : Fetched(position, view, ReadOnlyMemory<byte>.Empty);
        }
        catch (StorageException e)
        {
            replica.Replica.Tell(new ReplicaProtocol.ReadFailed(e.Message));
            return Failed(position, ErrorCode.KafkaStorageError, view);
        }
    }

    /// <summary>A view is as old as the replica's last turn, and the broker may have a newer lease since.</summary>
    private ReadView WithLease(ReadView view) =>
        view.LeaseEndMs >= _broker.LeaseEndMs ? view : view with { LeaseEndMs = _broker.LeaseEndMs };

    private static PartitionFetched Fetched(FetchPosition position, ReadView view, ReadOnlyMemory<byte> records) => new(
        position.Partition,
        ErrorCode.None,
        view.HighWatermark,
        view.LastStableOffset,
        view.LogStartOffset,
        LeaderEpoch.None,
        -1,
        records);

    private static PartitionFetched Diverged(FetchPosition position, ReadView view, EpochEnd diverging) =>
        Fetched(position, view, ReadOnlyMemory<byte>.Empty) with
        {
            DivergingEpoch = diverging.Epoch,
            DivergingEpochEnd = diverging.EndOffset,
        };

    private static PartitionFetched Failed(FetchPosition position, ErrorCode error, ReadView? view = null) => new(
        position.Partition,
        error,
        view?.HighWatermark ?? -1,
        view?.LastStableOffset ?? -1,
        view?.LogStartOffset ?? -1,
        LeaderEpoch.None,
        -1,
        ReadOnlyMemory<byte>.Empty);

    private readonly record struct FetchRead(ImmutableArray<PartitionFetched> Results, int Bytes, bool HasNews);

    private sealed record ParkedFetch(FetchRequest Request, long DeadlineMs)
    {
        public List<(ReplicaHandle Replica, ReadWaiter Waiter)> Waiters { get; } = [];
    }
}
