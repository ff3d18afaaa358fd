namespace AkkaReplication;

/// <summary>When an acknowledged record is on disk (our rule D1); one value for the whole cluster.</summary>
public enum FlushPolicy : byte
{
    /// <summary>Kafka's model: acknowledged means accepted by the operating system of every in-sync replica, of which there
    /// are enough.</summary>
    Replicated,

    /// <summary>Acknowledged means flushed by every in-sync replica (D2).</summary>
    Fsync,
}
