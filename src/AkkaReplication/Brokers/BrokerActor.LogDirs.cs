using AkkaReplication.Replicas;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    /// <summary>
    /// A leader whose disk has not answered for replica.lag.time.max.ms is reported offline, as one whose flush has not (D2):
    /// nobody else can see it, since the broker is alive and its followers have all there is. Followers need no such word:
    /// they fall behind, and come back when the disk does.
    /// </summary>
    private void ReportStalledLeaders(long now)
    {
        var limitMs = _life.Settings.ReplicaLagTimeMaxMs;
        var replicas = _broker!.Replicas.All;
        var hung = new HashSet<LogDir>();
        foreach (var replica in replicas)
        {
            if (now - replica.TurnSinceMs > limitMs)
                hung.Add(replica.LogDir);
        }

        if (hung.Count == 0)
            return;

        foreach (var replica in replicas)
        {
            if (replica.View is not { Role: ReplicaRole.Leader } view || replica.IsStalled || !hung.Contains(replica.LogDir))
                continue;
            var reason = $"{replica.LogDir.Path} has not answered for {limitMs} ms";
            replica.Stall(reason);
            OnReplicaFailed(now, new ReplicaProtocol.Failed(replica.Partition, view.LeaderEpoch, reason, Unexpected: false));
        }
    }
}
