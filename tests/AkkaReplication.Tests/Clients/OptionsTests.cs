using Akka.Actor;

namespace AkkaReplication.Tests.Clients;

/// <summary>A wrong option is refused by its Kafka name, with its value and what is accepted.</summary>
public sealed class OptionsTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("options");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Theory]
    [InlineData("acks", "2", "all, -1, 0 and 1")]
    [InlineData("linger.ms", "-1", "0 to")]
    [InlineData("linger.ms", "soon", "a whole number")]
    [InlineData("max.in.flight.requests.per.connection", "0", "1 to")]
    [InlineData("compression.type", "lz4", "none, gzip and snappy")]
    [InlineData("compression.type", "zstd", "none, gzip and snappy")]
    [InlineData("partitioner.class", "Custom", "RoundRobinPartitioner")]
    [InlineData("enable.idempotence", "yes", "true or false")]
    [InlineData("buffer.memory", "1000", "1048576 to")]
    [InlineData("delivery.timeout.ms", "1000", "30000 to")]
    [InlineData("client.id", "a b", "letters")]
    [InlineData("no.such.option", "1", "no such option")]
    public void Producer_option_is_refused(string key, string value, string accepted) =>
        AssertRefused(key, value, accepted, () => Client().CreateProducer<string, string>(o => o.Set(key, value)));

    [Theory]
    [InlineData("auto.offset.reset", "first", "earliest, latest and none")]
    [InlineData("isolation.level", "dirty", "read_uncommitted and read_committed")]
    [InlineData("fetch.max.wait.ms", "-5", "0 to")]
    [InlineData("request.timeout.ms", "0", "1 to")]
    [InlineData("group.id", "", "a name")]
    [InlineData("group.instance.id", "a", "group.id")]
    [InlineData("enable.auto.commit", "maybe", "true or false")]
    [InlineData("partition.assignment.strategy", "sticky", "range and cooperative-sticky")]
    public void Consumer_option_is_refused(string key, string value, string accepted) =>
        AssertRefused(key, value, accepted, () => Client().CreateConsumer<string, string>(o => o.Set(key, value)));

    [Theory]
    [InlineData("session.timeout.ms", "1", "2 to")]
    [InlineData("heartbeat.interval.ms", "45000", "1 to 44999")]
    [InlineData("max.poll.interval.ms", "0", "1 to")]
    [InlineData("auto.commit.interval.ms", "0", "1 to")]
    [InlineData("partition.assignment.strategy", "range,range", "none twice")]
    [InlineData("group.instance.id", "", "a name")]
    public void Option_of_a_member_is_refused(string key, string value, string accepted) => AssertRefused(
        key,
        value,
        accepted,
        () => Client().CreateConsumer<string, string>(o =>
        {
            o.GroupId = "g";
            o.Set(key, value);
        }));

    [Fact]
    public void Idempotence_says_what_it_needs() => AssertRefused(
        "enable.idempotence",
        "true",
        "acks = all",
        () => Client().CreateProducer<string, string>(o =>
        {
            o.EnableIdempotence = true;
            o.Acks = Acks.Leader;
        }));

    [Fact]
    public void Compression_without_a_library_is_refused_also_as_a_property() => AssertRefused(
        "compression.type",
        "zstd",
        "none, gzip and snappy",
        () => Client().CreateProducer<string, string>(o => o.CompressionType = Records.CompressionType.Zstd));

    [Fact]
    public void Keys_can_be_ignored_by_the_default_partitioner_only() => AssertRefused(
        "partitioner.ignore.keys",
        "true",
        "RoundRobinPartitioner",
        () => Client().CreateProducer<string, string>(o =>
        {
            o.PartitionerIgnoreKeys = true;
            o.Partitioner = Partitioners.RoundRobin();
        }));

    [Fact]
    public void Bootstrap_without_brokers_is_refused() => AssertRefused(
        "bootstrap.servers", "", "at least one", () => _ = new ReplicationClient(_system, "c", []));

    [Fact]
    public void Options_are_set_by_their_Kafka_names()
    {
        var producer = new ProducerOptions();
        producer.Set("acks", "1");
        producer.Set("linger.ms", "5");
        producer.Set("retry.backoff.ms", "7");
        producer.Set("compression.type", "snappy");
        producer.Set("partitioner.class", "org.apache.kafka.clients.producer.RoundRobinPartitioner");
        Assert.Equal((Acks.Leader, 5, 7), (producer.Acks, producer.LingerMs, producer.RetryBackoffMs));
        Assert.Equal(Records.CompressionType.Snappy, producer.CompressionType);
        Assert.NotNull(producer.Partitioner);
        var consumer = new ConsumerOptions();
        consumer.Set("auto.offset.reset", "earliest");
        Assert.Equal(AkkaReplication.Clients.AutoOffsetReset.Earliest, consumer.AutoOffsetReset);
        consumer.Set("group.id", "g");
        consumer.Set("partition.assignment.strategy", "cooperative-sticky, range");
        Assert.Equal("g", consumer.GroupId);
        Assert.Equal(["cooperative-sticky", "range"], consumer.PartitionAssignmentStrategy.Select(a => a.Name));
    }

    private ReplicationClient Client() => new(_system, "options", [new BrokerId(0)]);

    private static void AssertRefused(string key, string value, string accepted, Action create)
    {
        var error = Assert.Throws<ReplicationException>(create);
        Assert.Equal(ErrorCode.InvalidConfig, error.Error);
        Assert.Contains($"{key} = {value}", error.Message, StringComparison.Ordinal);
        Assert.Contains(accepted, error.Message, StringComparison.Ordinal);
    }
}
