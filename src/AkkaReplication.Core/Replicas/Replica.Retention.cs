using AkkaReplication.Effects;
using AkkaReplication.Logs;

namespace AkkaReplication.Replicas;

public sealed partial class Replica
{
    /// <summary>
    /// Time to look at what has aged: records by retention.ms and retention.bytes, producers by producer.id.expiration.ms.
    /// Every replica does it for itself, leading, following or without a leader, as in Kafka: nothing below the high
    /// watermark is needed by another replica that could not get it from its leader's log start on (I34).
    /// </summary>
    /// <param name="nowMs">Monotonic.</param>
    /// <param name="wallClockMs">Ms since the Unix epoch, as records are stamped.</param>
    /// <param name="effects">Receives the effects.</param>
    public void OnRetentionDue(long nowMs, long wallClockMs, EffectList effects)
    {
        if (Role == ReplicaRole.Offline)
            return;

        var log = _context.Log;
        var before = log.LogStartOffset;
        try
        {
            // Replicas need not agree on whom they have forgotten: a leader that does not know a producer takes the sequence
            // that it goes on with (KIP-360), and followers take what the leader took (KAFKA-6003).
            log.Producers.Expire(nowMs, _context.Options.ProducerIdExpirationMs);
            if (!log.ApplyRetention(_context.HighWatermark, wallClockMs))
                return;
        }
        catch (StorageException e)
        {
            OnStorageFailed(nowMs, e.Message, effects);
            return;
        }

        PublishLogStart(nowMs, effects);
        effects.Add(new Observe(new LogStartMoved(Partition, before, log.LogStartOffset)));
    }

    private void PublishLogStart(long nowMs, EffectList effects)
    {
        if (_leader is not null)
            _leader.OnLogStartMoved(nowMs, effects);
        else if (_follower is not null)
            _follower.Publish(effects);
        else
            PublishIdle(effects);
    }
}
