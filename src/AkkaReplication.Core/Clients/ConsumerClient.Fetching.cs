using System.Collections.Immutable;
using AkkaReplication.Effects;
using AkkaReplication.Logs;
using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>Which partitions are fetched when, and what an answer means for a position.</summary>
public sealed partial class ConsumerClient
{
    private readonly SortedDictionary<BrokerId, List<WantedPart>> _wantedFrom = [];
    private readonly SortedDictionary<BrokerId, List<FetchCall>> _fetches = [];
    private int _firstPartition;

    private void Fetch(long nowMs, EffectList effects)
    {
        _wantedFrom.Clear();
        if (BufferedBytes >= _settings.FetchMaxBytes)
            return;

        foreach (var partition in _partitions.Values)
        {
            if (IsFetchable(nowMs, partition) && FindLeader(nowMs, partition, effects) is { } leader)
                Gather(partition, leader);
        }

        foreach (var (broker, wanted) in _wantedFrom)
        {
            if (MayAsk(broker))
                Ask(nowMs, broker, wanted, effects);
        }
    }

    private long BufferedBytes
    {
        get
        {
            long bytes = 0;
            foreach (var partition in _partitions.Values)
                bytes += partition.BufferedBytes;
            return bytes;
        }
    }

    /// <summary>
    /// What an answer for these partitions may bring: half of what neither the caller has before him nor other answers
    /// may bring, so that all together stay within fetch.max.bytes and a fetch that waits for data takes no other one's
    /// room.
    /// </summary>
    private int Room(int partitions)
    {
        var taken = BufferedBytes;
        foreach (var calls in _fetches.Values)
        {
            foreach (var call in calls)
                taken += call.MaxBytes;
        }

        var wanted = (long)partitions * _settings.MaxPartitionFetchBytes;
        return (int)Math.Clamp((_settings.FetchMaxBytes - taken) / 2, 1, wanted);
    }

    /// <summary>Fetches that a seek or a pause has made void take no place, but there is an end to them too.</summary>
    private bool MayAsk(BrokerId broker)
    {
        if (!_fetches.TryGetValue(broker, out var calls))
            _fetches.Add(broker, calls = []);
        return calls.Count < FetchesPerBrokerAtMost
            && calls.Count(call => call.Parts.Exists(part => IsCurrent(part, call))) < FetchesPerBroker;
    }

    private bool IsFetchable(long nowMs, ConsumerPartition partition) =>
        partition is { Phase: ConsumerPhase.Fetching, IsPaused: false, Call: null }
        && partition.BufferedBytes < _settings.MaxPartitionFetchBytes
        && nowMs >= partition.RetryAtMs;

    private KnownLeader? FindLeader(long nowMs, ConsumerPartition partition, EffectList effects)
    {
        if (!Metadata.TryGetLeader(partition.Partition, out var leader))
        {
            Updater.Want();
            return null;
        }

        partition.TopicId ??= leader.Partition.TopicId;
        return Connections.TryUse(nowMs, leader.Broker, effects) ? leader : null;
    }

    private void Gather(ConsumerPartition partition, KnownLeader leader)
    {
        if (!_wantedFrom.TryGetValue(leader.Broker, out var wanted))
            _wantedFrom.Add(leader.Broker, wanted = []);
        wanted.Add(new WantedPart(partition, leader));
    }

    private void Ask(
        long nowMs, BrokerId broker, List<WantedPart> wanted, EffectList effects)
    {
        // Brokers fill an answer in the order of the request: each partition comes first in turn.
        _firstPartition++;
        var positions = ImmutableArray.CreateBuilder<FetchPosition>(wanted.Count);
        var call = new FetchCall(new List<FetchedPart>(wanted.Count), Room(wanted.Count));
        for (var i = 0; i < wanted.Count; i++)
        {
            var (partition, leader) = wanted[(_firstPartition + i) % wanted.Count];
            partition.Call = call;
            partition.AskedBroker = broker;
            partition.SuspectAtMs = nowMs + _settings.FetchMaxWaitMs + _settings.HedgeAfterMs;
            positions.Add(new FetchPosition(
                leader.Partition,
                leader.Epoch,
                partition.FetchOffset,
                partition.FetchEpoch,
                _settings.MaxPartitionFetchBytes));
            call.Parts.Add(new FetchedPart(partition, leader.Partition));
        }

        _fetches[broker].Add(call);
        var request = new FetchRequest(
            _settings.FetchMaxWaitMs,
            _settings.FetchMinBytes,
            call.MaxBytes,
            _settings.IsolationLevel,
            positions.MoveToImmutable());
        var timeoutMs = _settings.RequestTimeoutMs + _settings.FetchMaxWaitMs;
        Connections.Call(nowMs, broker, request, call, timeoutMs, effects);
    }

    private void OnFetched(
        long nowMs, BrokerId broker, FetchCall call, FetchResponse? response, EffectList effects)
    {
        _fetches[broker].Remove(call);
        for (var i = 0; i < call.Parts.Count; i++)
        {
            var part = call.Parts[i];
            var partition = part.Partition;
            if (!IsCurrent(part, call))
                continue;

            Unask(partition);
            if (Find(response, part.TopicIdPartition, i) is not { } result)
                Retry(nowMs, partition);
            else if (result.Error != ErrorCode.None)
                OnFetchRefused(nowMs, partition, result, effects);
            else if (result.DivergingEpochEnd >= 0)
                OnTruncated(partition, result, effects);
            else
                Keep(partition, result);
        }
    }

    private void OnFetchLost(long nowMs, BrokerId broker, FetchCall call)
    {
        _fetches[broker].Remove(call);
        foreach (var part in call.Parts)
        {
            if (!IsCurrent(part, call))
                continue;

            Unask(part.Partition);
            Retry(nowMs, part.Partition);
        }
    }

    /// <summary>
    /// A void call's partition has been rewound, asked of another leader, or is not assigned any more.
    /// </summary>
    private bool IsCurrent(FetchedPart part, FetchCall call) =>
        part.Partition.Call == call
        && _partitions.TryGetValue(part.Partition.Partition, out var partition)
        && partition == part.Partition;

    private static void Unask(ConsumerPartition partition)
    {
        partition.Call = null;
        partition.SuspectAtMs = long.MaxValue;
    }

    /// <summary>A leader that keeps a fetch for long may have been replaced without our knowing.</summary>
    private void Suspect(long nowMs)
    {
        foreach (var partition in _partitions.Values)
        {
            if (nowMs < partition.SuspectAtMs)
                continue;

            Updater.Want();
            partition.SuspectAtMs = nowMs + _settings.HedgeAfterMs;
        }
    }

    private static PartitionFetched? Find(FetchResponse? response, TopicIdPartition partition, int likely)
    {
        if (response is null)
            return null;
        if (likely < response.Results.Length && response.Results[likely].Partition == partition)
            return response.Results[likely];

        foreach (var result in response.Results)
        {
            if (result.Partition == partition)
                return result;
        }

        return null;
    }

    private void Keep(ConsumerPartition partition, PartitionFetched result)
    {
        partition.Failures = 0;
        partition.HighWatermark = result.HighWatermark;
        partition.LastStableOffset = result.LastStableOffset;
        partition.LogStartOffset = result.LogStartOffset;
        if (result.Records.IsEmpty)
            return;

        var from = partition.FetchOffset;
        try
        {
            var batches = new BatchSequence(result.Records);
            while (batches.MoveNext())
            {
                if (batches.Header.NextOffset <= partition.FetchOffset)
                    continue;

                partition.FetchOffset = batches.Header.NextOffset;
                partition.FetchEpoch = batches.Header.PartitionLeaderEpoch;
            }
        }
        catch (CorruptBatchException e)
        {
            Fail(partition, ErrorCode.CorruptMessage, e.Message);
            return;
        }

        if (partition.FetchOffset == from)
        {
            Fail(
                partition,
                ErrorCode.CorruptMessage,
                $"{result.Records.Length} bytes were fetched at {from}, with no batch that reaches it.");
            return;
        }

        partition.BufferedBytes += result.Records.Length;
        _fetched.Enqueue(new FetchedRecords(
            partition.Partition, partition.Generation, from, partition.FetchOffset, result.Records));
    }

    private void OnFetchRefused(long nowMs, ConsumerPartition partition, PartitionFetched result, EffectList effects)
    {
        switch (result.Error)
        {
            case ErrorCode.OffsetOutOfRange when partition.FetchOffset != partition.Position:
                // The caller still has earlier records before him; what counts is where he will stand then.
                if (partition.BufferedBytes == 0)
                    partition.Rewind(++_generation);
                else
                    Retry(nowMs, partition);
                break;

            case ErrorCode.OffsetOutOfRange:
                LeavePosition(
                    partition,
                    $"Offset {partition.Position} of {partition.Partition} is not in the log, which begins at"
                    + $" {result.LogStartOffset} and can be read up to {result.HighWatermark}.",
                    effects);
                break;

            case ErrorCode.UnknownServerError:
            case var error when error.IsRetriable() && error != ErrorCode.CorruptMessage:
                Retry(nowMs, partition);
                break;

            default:
                Fail(partition, result.Error, $"{partition.Partition} cannot be read at {partition.FetchOffset}.");
                break;
        }
    }

    /// <summary>
    /// The log has another history below the fetch position. Below what the caller has got, that means lost records:
    /// he goes on where the histories part, or is told so where auto.offset.reset is none.
    /// </summary>
    private void OnTruncated(ConsumerPartition partition, PartitionFetched result, EffectList effects)
    {
        if (partition.FetchOffset != partition.Position)
        {
            // What was fetched ahead is gone; whether it concerns the caller, the answer for his own position tells.
            partition.Rewind(++_generation);
            return;
        }

        var parting = partition.PartingFrom(new EpochEnd(result.DivergingEpoch, result.DivergingEpochEnd));
        effects.Add(new ClientObserved(new LogTruncationFound(
            partition.Partition, partition.Position, parting.EndOffset, parting.Epoch)));
        if (_settings.AutoOffsetReset == AutoOffsetReset.None)
        {
            Fail(
                partition,
                ErrorCode.OffsetOutOfRange,
                $"{partition.Partition} was read up to {partition.Position} under leader epoch"
                + $" {partition.PositionEpoch}, but its log differs from offset {parting.EndOffset} on, where leader epoch {parting.Epoch} ends"
                + " (log truncation). auto.offset.reset is none.",
                parting);
            return;
        }

        // Should the histories part still further back, the next answer says so.
        partition.GoBackTo(parting, ++_generation);
    }

    private void Retry(long nowMs, ConsumerPartition partition)
    {
        partition.Failures++;
        partition.RetryAtMs = nowMs + Backoff.AfterMs(
            partition.Failures, _settings.RetryBackoffMs, _settings.RetryBackoffMaxMs, Random());
        Updater.Want();
    }

    /// <summary>A partition that shall be fetched.</summary>
    private readonly record struct WantedPart(ConsumerPartition Partition, KnownLeader Leader);

    /// <summary>A partition of a fetch that is on its way.</summary>
    private readonly record struct FetchedPart(ConsumerPartition Partition, TopicIdPartition TopicIdPartition);

    private sealed class FetchCall(List<FetchedPart> parts, int maxBytes)
    {
        public List<FetchedPart> Parts { get; } = parts;

        /// <summary>What the answer may bring; its first batch comes whole, however large (KIP-74).</summary>
        public int MaxBytes { get; } = maxBytes;
    }
}
