using Akka.Configuration;
using AkkaReplication.Configuration;

namespace AkkaReplication.Tests.Configuration;

public sealed class ReplicationConfigurationTests
{
    private const string LagTime = "a duration from 10 ms to 86400000 ms (such as 500ms, 30s, 5m; a bare number is ms)";
    private const string FetchBytes = "a size from 1024 to 1073741824 bytes (such as 65536, 512KiB, 64MiB)";
    private const string CheckInterval =
        "a duration from 1 s to 86400 s in whole seconds (such as 300s, 5m; a bare number is seconds)";

    [Fact]
    public void Reads_keys_written_with_dots_braces_or_quotes()
    {
        var settings = Parse("""
            akka-replication {
              replica { lag.time.max.ms = 2s, fetch { wait.max.ms = 250 } }
              "replica.fetch.max.bytes" = 2MiB
            }
            akka-replication.num.partitions = 6
            akka-replication.flush = fsync
            akka-replication.auto.leader.rebalance.enable = off
            akka-replication.leader.imbalance.check.interval.seconds = 2m
            """);

        Assert.Equal(
            new ReplicationSettings
            {
                ReplicaLagTimeMaxMs = 2000,
                ReplicaFetchWaitMaxMs = 250,
                ReplicaFetchMaxBytes = 2 * 1024 * 1024,
                NumPartitions = 6,
                Flush = FlushPolicy.Fsync,
                AutoLeaderRebalanceEnable = false,
                LeaderImbalanceCheckIntervalSeconds = 120,
            },
            settings);
    }

    [Fact]
    public void What_the_text_leaves_out_comes_from_the_baseline()
    {
        var baseline = new ReplicationSettings { NumPartitions = 9, BrokerHeartbeatIntervalMs = 100 };
        Assert.Equal(
            baseline with { NumPartitions = 4 },
            ReplicationConfiguration.Parse("akka-replication.num.partitions = 4", "x.conf", baseline));
        Assert.Equal(baseline, ReplicationConfiguration.Parse("", "x.conf", baseline));
        Assert.Equal(baseline, ReplicationConfiguration.Parse("akka.loglevel = OFF", "x.conf", baseline));
    }

    [Fact]
    public void Unknown_key_is_refused_with_file_line_value_and_the_nearest_key() => AssertRefused(
        "# a comment\n\nakka-replication {\n  replica {\n    lag.time.max = 5s\n  }\n}\n",
        "broker.conf:5: akka-replication.replica.lag.time.max = 5s: unknown key; did you mean "
        + "'replica.lag.time.max.ms'?");

    [Fact]
    public void Unknown_key_that_resembles_nothing_points_to_the_reference() => AssertRefused(
        "akka-replication.colour = blue",
        "broker.conf:1: akka-replication.colour = blue: unknown key; every setting stands in hocon/reference.conf");

    [Fact]
    public void Misspelt_section_is_refused() => AssertRefused(
        "\nakka-replicaton { num.partitions = 3 }",
        "broker.conf:2: unknown section 'akka-replicaton'; did you mean 'akka-replication'?");

    [Fact]
    public void Setting_outside_its_section_is_refused() => AssertRefused(
        "replica.lag.time.max.ms = 5s",
        "broker.conf:1: unknown section 'replica'; settings stand inside akka-replication { }");

    [Theory]
    [InlineData("replica.lag.time.max.ms", "9ms", LagTime)]
    [InlineData("replica.lag.time.max.ms", "infinite", LagTime)]
    [InlineData("replica.lag.time.max.ms", "99999999999h", LagTime)]
    [InlineData("replica.lag.time.max.ms", "-30s", LagTime)]
    [InlineData("replica.fetch.max.bytes", "1000", FetchBytes)]
    [InlineData("replica.fetch.max.bytes", "2GiB", FetchBytes)]
    [InlineData("replica.fetch.max.bytes", "1mb", FetchBytes)]
    [InlineData("num.partitions", "0", "a whole number from 1 to 100000")]
    [InlineData("num.partitions", "1.5", "a whole number from 1 to 100000")]
    [InlineData("num.partitions", "many", "a whole number from 1 to 100000")]
    [InlineData("default.replication.factor", "40000", "a whole number from 0 to 1000")]
    [InlineData("leader.imbalance.check.interval.seconds", "1500ms", CheckInterval)]
    [InlineData("auto.leader.rebalance.enable", "yes", "on, off, true or false")]
    [InlineData("flush", "sometimes", "one of replicated, fsync")]
    public void Value_that_is_not_accepted_is_refused_naming_what_is(string key, string value, string accepted) =>
        AssertRefused(
            $"akka-replication {{\n  {key} = {value}\n}}",
            $"broker.conf:2: akka-replication.{key} = {value}; accepted is {accepted}");

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("null")]
    public void Value_that_is_no_single_value_is_refused(string value)
    {
        var refused = Assert.Throws<ReplicationException>(() => Parse($"akka-replication.num.partitions = {value}"));
        Assert.StartsWith("INVALID_CONFIG: broker.conf:1: akka-replication.num.partitions = ", refused.Message);
        Assert.EndsWith("accepted is a whole number from 1 to 100000", refused.Message);
    }

    [Fact]
    public void Line_is_that_of_the_last_assignment() => AssertRefused(
        "akka-replication.num.partitions = 3\n\nakka-replication { # again\n num.partitions = -1 }",
        "broker.conf:4: akka-replication.num.partitions = -1; accepted is a whole number from 1 to 100000");

    [Fact]
    public void Lines_are_right_after_comments_strings_and_lists() => AssertRefused(
        "akka {\n  x = \"a { # \\\" \"\n  y = \"\"\"two\n lines {\"\"\"\n  z = [ { a = 1 }\n , 2 ] // }\n}\n"
        + "akka-replication { flush = fsync, num { partitions = 0 } }",
        "broker.conf:8: akka-replication.num.partitions = 0; accepted is a whole number from 1 to 100000");

    [Fact]
    public void Fetch_wait_above_the_lag_time_is_refused() => AssertRefused(
        "akka-replication {\n  replica.lag.time.max.ms = 1s\n  replica.fetch.wait.max.ms = 1001\n}",
        "broker.conf:3: akka-replication.replica.fetch.wait.max.ms = 1001; accepted is at most replica.lag.time.max.ms "
        + "(1000ms): otherwise an idle follower would leave the in-sync set");

    [Fact]
    public void Rule_broken_by_a_default_names_the_setting_and_its_default() => AssertRefused(
        "akka-replication.broker.heartbeat.interval.ms = 9s",
        "broker.conf:1: akka-replication.broker.session.timeout.ms = 9000ms; accepted is more than "
        + "broker.heartbeat.interval.ms (9000ms): otherwise a living broker would be fenced between two heartbeats");

    [Theory]
    [InlineData("akka-replication {\n  num.partitions = 3\n", "broker.conf:1: this opening brace is never closed")]
    [InlineData("akka-replication {\n}\n}", "broker.conf:3: this closing brace closes nothing")]
    [InlineData(
        "akka-replication {\n num.partitions += 3\n}", "broker.conf:2: += is not supported; write the whole value")]
    public void What_the_parser_would_pass_over_in_silence_is_refused(string text, string expected) =>
        AssertRefused(text, expected);

    [Fact]
    public void Text_that_is_no_HOCON_is_refused_in_one_line()
    {
        var refused = Assert.Throws<ReplicationException>(() => Parse("akka-replication { flush = ${nowhere} }"));
        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.StartsWith("INVALID_CONFIG: broker.conf: not readable as HOCON: ", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Host_configuration_may_hold_anything_beside_the_section()
    {
        var config = ConfigurationFactory.ParseString("shop.currency = EUR, akka-replication.num.partitions = 5");
        Assert.Equal(5, ReplicationConfiguration.From(config).NumPartitions);

        var layered = ConfigurationFactory.ParseString("akka-replication.flush = fsync").WithFallback(config);
        Assert.Equal(
            new ReplicationSettings { NumPartitions = 5, Flush = FlushPolicy.Fsync },
            ReplicationConfiguration.From(layered));
    }

    [Fact]
    public void What_the_actor_runtime_reads_from_the_section_is_left_to_it()
    {
        var settings = Parse("akka-replication { dispatchers.log.type = PinnedDispatcher, num.partitions = 2 }");
        Assert.Equal(new ReplicationSettings { NumPartitions = 2 }, settings);
    }

    [Fact]
    public void Host_configuration_is_checked_as_strictly()
    {
        var config = ConfigurationFactory.ParseString("akka-replication.num.partition = 5");
        var refused = Assert.Throws<ReplicationException>(() => ReplicationConfiguration.From(config, "app settings"));
        Assert.Equal(
            "INVALID_CONFIG: app settings: akka-replication.num.partition = 5: unknown key; did you mean "
            + "'num.partitions'?",
            refused.Message);
    }

    [Fact]
    public void Settings_made_in_code_are_checked_by_the_same_rules()
    {
        var outOfRange = Assert.Throws<ReplicationException>(
            () => ReplicationConfiguration.Validate(new ReplicationSettings { NumPartitions = 0 }));
        Assert.Equal(
            "INVALID_CONFIG: ReplicationSettings.NumPartitions (num.partitions) = 0; accepted is a whole number "
            + "from 1 to 100000",
            outOfRange.Message);

        var contradictory = Assert.Throws<ReplicationException>(() => ReplicationConfiguration.Validate(
            new ReplicationSettings { BrokerSessionTimeoutMs = 1000, BrokerHeartbeatIntervalMs = 1000 }));
        Assert.StartsWith(
            "INVALID_CONFIG: ReplicationSettings.BrokerSessionTimeoutMs (broker.session.timeout.ms) = 1000ms; "
            + "accepted is more than broker.heartbeat.interval.ms (1000ms)",
            contradictory.Message);

        Assert.Throws<ReplicationException>(
            () => ReplicationConfiguration.Validate(new ReplicationSettings { Flush = (FlushPolicy)7 }));
    }

    private static ReplicationSettings Parse(string text) => ReplicationConfiguration.Parse(text, "broker.conf");

    private static void AssertRefused(string text, string expected)
    {
        var refused = Assert.Throws<ReplicationException>(() => Parse(text));
        Assert.Equal(ErrorCode.InvalidConfig, refused.Error);
        Assert.Equal("INVALID_CONFIG: " + expected, refused.Message);
    }
}
