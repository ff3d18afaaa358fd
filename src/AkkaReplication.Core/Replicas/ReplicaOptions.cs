namespace AkkaReplication.Replicas;

/// <summary>A broker's settings as its replicas need them.</summary>
/// <param name="Self">The broker.</param>
/// <param name="ReplicaLagTimeMaxMs">
/// replica.lag.time.max.ms: a follower not caught up for that long leaves the ISR; a leader's flush that takes longer
/// takes its replica offline (D2). 1 or more.
/// </param>
/// <param name="ReplicaFetchBackoffMs">
/// replica.fetch.backoff.ms: the longest pause of a follower after a failed fetch. 1 or more.
/// </param>
/// <param name="Flush">What an acknowledgement promises.</param>
/// <param name="SessionTimeoutMs">
/// broker.session.timeout.ms, for a leader whose lease has lapsed (E3). 1 or more.
/// </param>
public sealed record ReplicaOptions(
    BrokerId Self, long ReplicaLagTimeMaxMs, long ReplicaFetchBackoffMs, FlushPolicy Flush, long SessionTimeoutMs)
{
    /// <summary>
    /// producer.id.expiration.ms: a producer without an open transaction that has appended nothing for that long is
    /// forgotten. 1 or more.
    /// </summary>
    public long ProducerIdExpirationMs { get; init; } = 86_400_000;
}
