namespace AkkaReplication.Testing;

/// <summary>Makes clusters for tests where clusters are made: at <see cref="ReplicationCluster"/>.</summary>
public static class ReplicationClusterExtensions
{
    extension(ReplicationCluster)
    {
        /// <summary>
        /// Starts a cluster for a test, in an actor system of its own and with its files in memory; it and all it has made
        /// are gone when it is disposed of. The same as <see cref="TestCluster.StartAsync(int, Action{TestClusterOptions}, CancellationToken)"/>.
        /// </summary>
        /// <param name="brokers">How many; their numbers are 1, 2, ...</param>
        /// <param name="configure">Changes the options.</param>
        /// <param name="ct">Ends the start.</param>
        /// <exception cref="ReplicationException">INVALID_CONFIG for options out of range.</exception>
        public static Task<TestCluster> StartAsync(
            int brokers = 3, Action<TestClusterOptions>? configure = null, CancellationToken ct = default) =>
            TestCluster.StartAsync(brokers, configure, ct);
    }
}
