using Akka.Configuration;

namespace AkkaReplication.Tests.Hosting;

public sealed class EmbeddedClusterOptionsTests
{
    public static TheoryData<string, Action<EmbeddedClusterOptions>> Refused { get; } = new()
    {
        { "Name is ''; accepted is letters, digits, '-' and '_', at least one.", o => o.Name = "" },
        { "Name is 'my cluster'; accepted is letters, digits, '-' and '_', at least one.", o => o.Name = "my cluster" },
        { "Brokers is '0'; accepted is 1 to 1000.", o => o.Brokers = 0 },
        { "Brokers is '1001'; accepted is 1 to 1000.", o => o.Brokers = 1001 },
        { "DataDirectory is ''; accepted is a path.", o => o.DataDirectory = "" },
        { "HoconFile is ' '; accepted is a path.", o => o.HoconFile = " " },
        { "StartTimeout is '00:00:00'; accepted is more than zero, at most 24 days.", o => o.StartTimeout = TimeSpan.Zero },
        {
            "Racks is '4: r'; accepted is a broker from 1 to 3 (Brokers).",
            o => o.Racks = new Dictionary<BrokerId, string> { [new(4)] = "r" }
        },
        {
            "ReplicationSettings.ReplicaFetchBackoffMs (replica.fetch.backoff.ms) = 0ms; accepted is a duration from",
            o => o.Settings = new() { ReplicaFetchBackoffMs = 0 }
        },
        {
            "EmbeddedClusterOptions: replica.lag.time.max = 5s: unknown key; did you mean 'replica.lag.time.max.ms'?",
            o => o.Set("replica.lag.time.max", "5s")
        },
        {
            "EmbeddedClusterOptions: flush = sometimes; accepted is one of replicated, fsync",
            o => o.Set("flush", "sometimes")
        },
        {
            "EmbeddedClusterOptions: num.partitions = 0; accepted is a whole number from 1 to 100000",
            o => o.Set("num.partitions", "0")
        },
        {
            "EmbeddedClusterOptions: broker.session.timeout.ms = 1s; accepted is more than broker.heartbeat.interval.ms (2000ms)",
            o => o.Set("broker.session.timeout.ms", "1s")
        },
        {
            "Hocon:1: akka-replication.num.partitons = 5: unknown key; did you mean 'num.partitions'?",
            o => o.Hocon = "akka-replication.num.partitons = 5"
        },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_work_is_refused_by_name_and_value(string message, Action<EmbeddedClusterOptions> spoil)
    {
        var options = new EmbeddedClusterOptions { DataDirectory = "data" };

        var refused = Assert.Throws<ReplicationException>(() =>
        {
            spoil(options);
            options.Resolve();
        });

        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named()
    {
        var options = new EmbeddedClusterOptions { DataDirectory = "data", HoconFile = "no-such.conf" };

        var refused = Assert.Throws<ReplicationException>(() => options.Resolve(root: Path.GetTempPath()));

        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Contains(Path.Combine(Path.GetTempPath(), "no-such.conf"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_word_the_defaults_hold()
    {
        var resolved = new EmbeddedClusterOptions { DataDirectory = "data" }.Resolve(root: Path.GetTempPath());

        Assert.Equal(new ReplicationSettings(), resolved.Settings);
        Assert.Equal(Path.Combine(Path.GetTempPath(), "data"), resolved.DataDirectory);
    }

    [Fact]
    public void Each_source_of_settings_wins_over_those_before_it()
    {
        var host = ConfigurationFactory.ParseString(
            "akka-replication { num.partitions = 2, default.replication.factor = 2, flush = fsync, replica.fetch.backoff.ms = 2ms }");
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(
                file, "akka-replication { default.replication.factor = 3, flush = replicated, replica.fetch.backoff.ms = 3ms }");
            var options = new EmbeddedClusterOptions
            {
                DataDirectory = "data",
                HoconFile = file,
                Hocon = "akka-replication { flush = fsync, replica.fetch.backoff.ms = 4ms }",
            };
            options.Set("replica.fetch.backoff.ms", "5ms");
            options.Set("replica.fetch.backoff.ms", "6ms");

            var expected = new ReplicationSettings
            {
                NumPartitions = 2,
                DefaultReplicationFactor = 3,
                Flush = FlushPolicy.Fsync,
                ReplicaFetchBackoffMs = 6,
            };
            Assert.Equal(expected, options.Resolve(host).Settings);

            options.Settings = new ReplicationSettings { NumPartitions = 7 };
            Assert.Equal(expected with { NumPartitions = 7 }, options.Resolve(host).Settings);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void What_was_resolved_does_not_change_with_the_options()
    {
        var options = new EmbeddedClusterOptions { DataDirectory = "data" };
        var resolved = options.Resolve();

        options.Brokers = 5;
        options.Set("num.partitions", "9");

        Assert.Equal(3, resolved.Brokers);
        Assert.Equal(1, resolved.Settings!.NumPartitions);
    }
}
