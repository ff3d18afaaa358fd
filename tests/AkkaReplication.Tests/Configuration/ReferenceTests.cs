using Akka.Configuration;
using AkkaReplication.Configuration;

namespace AkkaReplication.Tests.Configuration;

/// <summary>Code and hocon/reference.conf must say the same, or one of them lies to its reader.</summary>
public sealed class ReferenceTests
{
    private static readonly ReplicationSettings NothingLikeTheDefaults = new()
    {
        ReplicaLagTimeMaxMs = 777,
        ReplicaFetchWaitMaxMs = 77,
        ReplicaFetchMaxBytes = 7777,
        ReplicaFetchResponseMaxBytes = 7778,
        ReplicaFetchBackoffMs = 7,
        ReplicaHighWatermarkCheckpointIntervalMs = 78,
        BrokerHeartbeatIntervalMs = 79,
        BrokerSessionTimeoutMs = 790,
        NumPartitions = 7,
        DefaultReplicationFactor = 7,
        UncleanLeaderElectionIntervalMs = 71,
        LeaderImbalanceCheckIntervalSeconds = 72,
        AutoLeaderRebalanceEnable = false,
        Flush = FlushPolicy.Fsync,
        QueuedMaxBytes = 7_000_000,
        LogDirMinFreeBytes = 77_000_000,
        LogRetentionCheckIntervalMs = 73,
        LogStrayRetentionMs = 74,
        LogRetentionMs = 741,
        LogRetentionBytes = 742,
        LogSegmentBytes = 743,
        LogRollMs = 744,
        LogCleanerBackoffMs = 745,
        LogCleanerDedupeBufferSize = 7_460_000,
        LogCleanerIoMaxBytesPerSecond = 747_000,
        LogCleanerDeleteRetentionMs = 748,
        LogCleanerMinCompactionLagMs = 749,
        LogCleanerMaxCompactionLagMs = 750,
        ProducerIdExpirationMs = 75,
        OffsetsTopicNumPartitions = 76,
        OffsetsRetentionMinutes = 761,
        GroupInitialRebalanceDelayMs = 762,
        GroupMinSessionTimeoutMs = 763,
        GroupMaxSessionTimeoutMs = 764,
    };

    [Fact]
    public void Reference_names_every_setting_and_no_other()
    {
        var keys = KeysOf(Reference().GetConfig("akka-replication")!, "")
            .Where(key => !key.StartsWith("dispatchers.") && !key.StartsWith("metadata-journal."));
        Assert.Equal(SettingsTable.All.Select(s => s.Key).Order(), keys.Order());
    }

    [Fact]
    public void Every_property_of_the_settings_has_exactly_one_key()
    {
        var properties = typeof(ReplicationSettings).GetProperties().Where(p => p.CanWrite).Select(p => p.Name);
        Assert.Equal(properties.Order(), SettingsTable.All.Select(s => s.Property).Order());
    }

    [Fact]
    public void Reference_holds_the_defaults_of_the_code()
    {
        // Over a baseline that differs everywhere, so that a key that is not read cannot look like its default.
        foreach (var property in typeof(ReplicationSettings).GetProperties().Where(p => p.CanWrite))
            Assert.NotEqual(property.GetValue(new ReplicationSettings()), property.GetValue(NothingLikeTheDefaults));

        Assert.Equal(
            new ReplicationSettings(),
            ReplicationConfiguration.From(Reference(), "reference.conf", NothingLikeTheDefaults));
    }

    [Fact]
    public void Every_setting_reads_what_it_shows()
    {
        foreach (var setting in SettingsTable.All)
        {
            Assert.True(setting.TryRead(setting.Show(NothingLikeTheDefaults), new ReplicationSettings(), out var read));
            Assert.Equal(setting.Show(NothingLikeTheDefaults), setting.Show(read));
            Assert.NotEqual(new ReplicationSettings(), read);
        }
    }

    [Fact]
    public void Defaults_are_valid() => ReplicationConfiguration.Validate(new ReplicationSettings());

    private static Config Reference() =>
        ConfigurationFactory.FromResource("AkkaReplication.reference.conf", typeof(ReplicationSettings).Assembly);

    private static IEnumerable<string> KeysOf(Config config, string prefix) =>
        config.AsEnumerable().SelectMany(pair => pair.Value.IsObject()
            ? KeysOf(pair.Value.ToConfig(), prefix + pair.Key + ".")
            : [prefix + pair.Key]);
}
