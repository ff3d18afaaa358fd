using Akka.Actor;
using Akka.Event;
using AkkaReplication.Clients;
using AkkaReplication.Records;

namespace AkkaReplication.Groups;

internal sealed partial class GroupShardActor
{
    /// <summary>offsets.commit.timeout.ms: how long a write may wait for the replicas.</summary>
    private const int CommitTimeoutMs = 5_000;

    /// <summary>Batches without an outcome; many more and the session would take its client for a mad one.</summary>
    private const int MostInFlight = 512;

    private readonly RecordBatchBuilder _builder = new();
    private readonly Dictionary<long, PersistGroupRecords> _inFlight = [];
    private readonly Queue<(PersistGroupRecords Write, ReadOnlyMemory<byte> Batch)> _toSend = new();

    /// <summary>In the order of the effects: the session and the replica keep it.</summary>
    private void Append(PersistGroupRecords write)
    {
        try
        {
            _toSend.Enqueue((write, Encode(write)));
            SendWhatMay();
        }
        catch (GroupRecordFormatException e)
        {
            // The machine hears of it in a turn of its own.
            _logger.Error("Group {0} cannot be written: {1}", write.GroupId, e.Message);
            Self.Tell(new NotWritten(write, ErrorCode.UnknownServerError));
        }
    }

    private ReadOnlyMemory<byte> Encode(PersistGroupRecords write)
    {
        var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        _builder.Reset();
        foreach (var record in write.Records)
        {
            var value = GroupRecordCodec.EncodeValue(record);
            if (!_builder.TryAppend(
                nowMs,
                GroupRecordCodec.EncodeKey(record),
                keyIsNull: false,
                value,
                valueIsNull: value is null,
                headers: null,
                int.MaxValue))
            {
                throw new GroupRecordFormatException("Its records are larger than any batch.");
            }
        }

        return _builder.BuildAndReset();
    }

    private void SendWhatMay()
    {
        while (_inFlight.Count < MostInFlight && _toSend.TryDequeue(out var next))
        {
            var call = _nextCall++;
            _inFlight.Add(call, next.Write);
            _session!.Tell(
                new ClientCall(
                    call,
                    new ProduceRequest(
                        Acks: -1,
                        CommitTimeoutMs,
                        [new PartitionBatch(_partition, next.Write.LeaderEpoch, next.Batch)])),
                Self);
        }
    }

    private void OnProduced(long call, ProduceResponse produced)
    {
        if (!_inFlight.Remove(call, out var write))
            return;

        var result = produced.Results[0];
        if (result.Error != ErrorCode.None)
        {
            _logger.Warning(
                "Group {0}: a batch for {1}-{2} was answered {3} {4}",
                write.GroupId,
                GroupPartitions.Topic,
                _partition.Partition,
                result.Error,
                result.Message);
        }

        _shard.OnPersisted(Time, _epoch, write.GroupId, write.PersistId, result.Error, _effects);
        SendWhatMay();
    }
}
