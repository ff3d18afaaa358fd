using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Configuration;

namespace AkkaReplication;

/// <summary>
/// Ids of our dispatchers. Those of log directories are made when a cluster starts, each after the section in
/// hocon/actors.conf that it is named after.
/// </summary>
internal static class ReplicationDispatchers
{
    /// <summary>For the metadata log, so that a hung data disk does not stall the controller.</summary>
    public const string Metadata = Root + "metadata";

    /// <summary>For what passes records on and never waits for a disk.</summary>
    public const string Network = Root + "network";

    private const string Root = "akka-replication.dispatchers.";
    private const string Writing = "log-dir";
    private const string Reading = "log-dir-reads";

    // Two clusters may start in one system at the same time, and the system's own list is not made for that.
    private static readonly Lock Defining = new();

    /// <summary>For the replicas in a broker's log directory, by its number.</summary>
    public static string OfLogDir(string cluster, BrokerId broker, int logDir) => Id(Writing, cluster, broker, logDir);

    /// <summary>For reads from a broker's log directory that may take long.</summary>
    public static string OfReads(string cluster, BrokerId broker, int logDir) => Id(Reading, cluster, broker, logDir);

    /// <summary>Makes the dispatchers of a cluster's log directories known to its actor system.</summary>
    /// <param name="logDirs">How many log directories each broker has.</param>
    public static void Define(ActorSystem system, string cluster, IEnumerable<(BrokerId Broker, int LogDirs)> logDirs)
    {
        lock (Defining)
        {
            var defined = new StringBuilder();
            foreach (var (broker, count) in logDirs)
            {
                for (var logDir = 0; logDir < count; logDir++)
                {
                    Define(system, Writing, Id(Writing, cluster, broker, logDir), defined);
                    Define(system, Reading, Id(Reading, cluster, broker, logDir), defined);
                }
            }

            if (defined.Length > 0)
                system.Settings.InjectTopLevelFallback(ConfigurationFactory.ParseString(defined.ToString()));
        }
    }

    private static string Id(string kind, string cluster, BrokerId broker, int logDir) => string.Create(
        CultureInfo.InvariantCulture, $"{Root}{kind}s.{cluster}.{ReplicationPaths.BrokerName(broker)}.{logDir}");

    private static void Define(ActorSystem system, string kind, string id, StringBuilder defined)
    {
        var config = system.Settings.Config;
        if (config.HasPath(id))
            return;

        var section = config.GetConfig(Root + kind)!;
        defined.AppendLine(CultureInfo.InvariantCulture, $$"""
            {{id}} {
              type = {{section.GetString("type")}}
              throughput = {{section.GetInt("throughput")}}
              dedicated-thread-pool {
                thread-count = {{section.GetInt("dedicated-thread-pool.thread-count")}}
                threadtype = {{section.GetString("dedicated-thread-pool.threadtype")}}
                shared-as = "{{section.GetString("dedicated-thread-pool.shared-as")}}"
              }
            }
            """);
    }
}
