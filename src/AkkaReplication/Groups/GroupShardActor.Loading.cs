using Akka.Event;
using AkkaReplication.Clients;
using AkkaReplication.Records;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

internal sealed partial class GroupShardActor
{
    private const int LoadBytes = 4 << 20;
    private const int LoadMaxWaitMs = 500;

    private static readonly TimeSpan RetryBackoff = TimeSpan.FromMilliseconds(50);

    private long _loadOffset = -1;
    private long _loadEnd = -1;

    /// <summary>
    /// Reads on, up to where the log ended when the leadership began: what the leader before had acknowledged lies below.
    /// </summary>
    private void LoadNext()
    {
        if (_loadEnd < 0 && !BeginLoading())
        {
            Timers.StartSingleTimer(LoadRetry.Instance, LoadRetry.Instance, RetryBackoff);
            return;
        }

        if (_loadOffset >= _loadEnd)
        {
            _shard.OnLoaded(Time, _epoch, _effects);
            _logger.Info(
                "The groups of partition {0} are served in leader epoch {1}, read up to offset {2}",
                _partition.Partition,
                _epoch,
                _loadEnd);
            return;
        }

        _session!.Tell(
            new ClientCall(
                _nextCall++,
                new FetchRequest(
                    LoadMaxWaitMs,
                    1,
                    LoadBytes,
                    IsolationLevel.ReadUncommitted,
                    [new FetchPosition(_partition, _epoch, _loadOffset, LeaderEpoch.None, LoadBytes)])),
            Self);
    }

    /// <summary>False while the replica has not taken up the leadership that the metadata tells of.</summary>
    private bool BeginLoading()
    {
        if (!_broker.Replicas.TryGet(_partition, out var replica)
            || replica.View is not { Role: ReplicaRole.Leader } view || view.LeaderEpoch != _epoch)
        {
            return false;
        }

        _loadOffset = view.LogStartOffset;
        _loadEnd = view.LeaderEpochStartOffset;
        return true;
    }

    private void OnFetched(PartitionFetched fetched)
    {
        if (fetched.Error != ErrorCode.None)
        {
            // Begins anew where the log begins meanwhile; what comes twice is the same twice.
            if (fetched.Error == ErrorCode.OffsetOutOfRange)
                _loadEnd = -1;
            _logger.Debug("Reading the groups of partition {0}: {1}", _partition.Partition, fetched.Error);
            Timers.StartSingleTimer(LoadRetry.Instance, LoadRetry.Instance, RetryBackoff);
            return;
        }

        var batches = new BatchSequence(fetched.Records);
        while (batches.MoveNext())
        {
            if (!batches.Header.IsControl)
                Load(batches.Current);
            _loadOffset = Math.Max(_loadOffset, batches.Header.NextOffset);
        }

        LoadNext();
    }

    private void Load(ReadOnlyMemory<byte> batch)
    {
        var records = new RecordBatchReader(batch);
        while (records.MoveNext())
        {
            if (records.Offset < _loadOffset || records.KeyIsNull)
                continue;
            try
            {
                // Parts of a group stay as long as the group does, and shall not keep a whole fetch in memory with them.
                var value = records.Value.ToArray();
                if (GroupRecordCodec.Decode(records.Key, value, records.ValueIsNull) is { } record)
                    _shard.Load(record);
            }
            catch (GroupRecordFormatException e)
            {
                _logger.Error(
                    "The record at offset {0} of {1}-{2} is left out: {3}",
                    records.Offset,
                    GroupPartitions.Topic,
                    _partition.Partition,
                    e.Message);
            }
        }
    }
}
