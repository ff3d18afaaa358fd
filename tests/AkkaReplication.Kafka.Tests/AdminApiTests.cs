using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>What admin clients ask: settings, elections, deletion of records, log directories, ends of epochs.</summary>
public sealed class AdminApiTests : IAsyncLifetime
{
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const sbyte BrokerLogger = 8;

    private KafkaCluster _cluster = null!;
    private KafkaTestClient _client = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaCluster.StartAsync(brokers: 1);
        _client = await _cluster.ConnectAsync(1);
        await _cluster.CreateTopicAsync("t");
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Settings_are_changed_one_by_one_and_described(short describeVersion)
    {
        var changed = await IncrementalAsync(
            Topic, "t", new IncrementalAlterConfigsRequest.Config { Name = "retention.ms", ConfigOperation = 0, Value = "60000" },
            new IncrementalAlterConfigsRequest.Config { Name = "cleanup.policy", ConfigOperation = 2, Value = "compact" });
        Assert.Equal((ErrorCode.None, null), (changed.ErrorCode, changed.ErrorMessage));

        var retention = await ConfigAsync("retention.ms", describeVersion, config => config.Value == "60000");
        var policy = await ConfigAsync("cleanup.policy", describeVersion, config => config.Value == "delete,compact");
        var segment = await ConfigAsync("segment.bytes", describeVersion, config => config.Value == "1073741824");

        Assert.Equal((1, false), (retention.ConfigSource, retention.ReadOnly));
        Assert.Equal(
            [("60000", (sbyte)1), ("604800000", (sbyte)5)], retention.Synonyms.Select(s => (s.Value!, s.Source)));
        Assert.Equal(describeVersion >= 3, retention.Documentation is not null);
        Assert.Equal(1, policy.ConfigSource);
        Assert.Equal(5, segment.ConfigSource);

        await IncrementalAsync(
            Topic, "t", new IncrementalAlterConfigsRequest.Config { Name = "retention.ms", ConfigOperation = 1, Value = null });
        await ConfigAsync("retention.ms", describeVersion, config => config is { Value: "604800000", ConfigSource: 5 });
    }

    [Fact]
    public async Task What_the_old_way_of_changing_settings_does_not_name_gets_its_default_again()
    {
        await AlterAsync(("retention.ms", "60000"), ("segment.ms", "1000"));
        await AlterAsync(("segment.ms", "2000"));

        await ConfigAsync("segment.ms", 4, config => config.Value == "2000");
        await ConfigAsync("retention.ms", 4, config => config.ConfigSource == 5);

        async Task AlterAsync(params (string Name, string Value)[] configs)
        {
            var request = new AlterConfigsRequest
            {
                Resources =
                [
                    new()
                    {
                        ResourceType = Topic,
                        ResourceName = "t",
                        Configs = [.. configs.Select(c => new AlterConfigsRequest.Config { Name = c.Name, Value = c.Value })],
                    },
                ],
            };
            Assert.Equal(ErrorCode.None, (await _client.AskAsync(request, 2)).Responses.Single().ErrorCode);
        }
    }

    [Fact]
    public async Task Changes_that_cannot_be_made_are_refused_each_by_itself_and_change_nothing()
    {
        var request = new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                Change(BrokerLogger, "1", "x", 0),
                Change(Topic, "missing", "retention.ms", 0),
                Change(Topic, "t", "no.such.setting", 0),
                Change(Broker, "1", "log.retention.ms", 0),
            ],
        };
        var refused = (await _client.AskAsync(request, 1)).Responses;
        var unknownOperation = await _client.AskAsync(
            new IncrementalAlterConfigsRequest { Resources = [Change(Topic, "t", "retention.ms", 4)] }, 0);
        var twice = await _client.AskAsync(
            new IncrementalAlterConfigsRequest
            {
                Resources = [Change(Topic, "t", "retention.ms", 0), Change(Topic, "t", "segment.ms", 0)],
            },
            1);
        var onlyValidated = await _client.AskAsync(
            new IncrementalAlterConfigsRequest { Resources = [Change(Topic, "t", "retention.ms", 0)], ValidateOnly = true }, 1);

        Assert.Equal(
            [
                ("1", ErrorCode.InvalidRequest), ("missing", ErrorCode.UnknownTopicOrPartition),
                ("t", ErrorCode.InvalidConfig), ("1", ErrorCode.InvalidRequest),
            ],
            refused.Select(r => (r.ResourceName, r.ErrorCode)));
        Assert.All(refused, r => Assert.NotNull(r.ErrorMessage));
        Assert.Equal(ErrorCode.InvalidRequest, unknownOperation.Responses.Single().ErrorCode);
        Assert.All(twice.Responses, r => Assert.Equal(ErrorCode.InvalidRequest, r.ErrorCode));
        Assert.Equal(ErrorCode.None, onlyValidated.Responses.Single().ErrorCode);
        Assert.Empty(_cluster.Cluster.State.Image.TryGetTopic("t")!.Configs);

        static IncrementalAlterConfigsRequest.Resource Change(sbyte type, string name, string setting, sbyte operation) => new()
        {
            ResourceType = type,
            ResourceName = name,
            Configs = [new() { Name = setting, ConfigOperation = operation, Value = "1" }],
        };
    }

    [Fact]
    public async Task Brokers_describe_themselves_only()
    {
        var request = new DescribeConfigsRequest
        {
            Resources =
            [
                new() { ResourceType = Broker, ResourceName = "1", ConfigurationKeys = null },
                new() { ResourceType = Broker, ResourceName = "2", ConfigurationKeys = null },
                new() { ResourceType = Broker, ResourceName = "", ConfigurationKeys = null },
                new() { ResourceType = Topic, ResourceName = "missing", ConfigurationKeys = null },
                new() { ResourceType = BrokerLogger, ResourceName = "1", ConfigurationKeys = null },
            ],
        };

        var described = (await _client.AskAsync(request, 4)).Results;

        Assert.Equal(
            [
                ErrorCode.None, ErrorCode.InvalidRequest, ErrorCode.None, ErrorCode.UnknownTopicOrPartition,
                ErrorCode.InvalidRequest,
            ],
            described.Select(r => r.ErrorCode));
        Assert.Equal([Broker, Broker, Broker, Topic, BrokerLogger], described.Select(r => r.ResourceType));
        Assert.Contains(described[0].Configs, c => c is { Name: "replica.lag.time.max.ms", Value: "30000ms", ReadOnly: true });
        Assert.Empty(described[2].Configs);
    }

    [Fact]
    public async Task Records_are_deleted_up_to_an_offset_and_up_to_the_high_watermark()
    {
        await _client.AskAsync(Requests.Produce("t", Batches.Of("a", "b", "c")), 9);

        Assert.Equal((ErrorCode.None, 2L), await DeleteAsync("t", 0, 2, version: 0));
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1L), await DeleteAsync("t", 0, 4, version: 1));
        Assert.Equal((ErrorCode.None, 3L), await DeleteAsync("t", 0, -1, version: 2));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1L), await DeleteAsync("t", 1, 0, version: 2));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1L), await DeleteAsync("missing", 0, 0, version: 2));
        Assert.Equal(3, (await _client.AskAsync(Requests.ListOffsets("t", -2), 6)).Topics[0].Partitions[0].Offset);

        async Task<(ErrorCode, long)> DeleteAsync(string topic, int partition, long offset, short version)
        {
            var request = new DeleteRecordsRequest
            {
                TimeoutMs = 60_000,
                Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, Offset = offset }] }],
            };
            var deleted = (await _client.AskAsync(request, version)).Topics.Single().Partitions.Single();
            return (deleted.ErrorCode, deleted.LowWatermark);
        }
    }

    [Fact]
    public async Task Elections_that_are_not_needed_or_not_possible_say_so()
    {
        var named = new ElectLeadersRequest { TopicPartitions = [new() { Topic = "t", Partitions = [0, 1] }] };

        var v0 = await _client.AskAsync(named, 0);
        var unclean = await _client.AskAsync(
            new ElectLeadersRequest { ElectionType = 1, TopicPartitions = named.TopicPartitions }, 2);
        var all = await _client.AskAsync(new ElectLeadersRequest { TopicPartitions = null }, 2);
        var unknown = await _client.AskAsync(
            new ElectLeadersRequest { ElectionType = 7, TopicPartitions = named.TopicPartitions }, 1);

        (int, ErrorCode)[] notNeeded = [(0, ErrorCode.ElectionNotNeeded), (1, ErrorCode.UnknownTopicOrPartition)];
        Assert.Equal(notNeeded, Outcomes(v0));
        Assert.Equal(notNeeded, Outcomes(unclean));
        Assert.Equal(ErrorCode.None, all.ErrorCode);
        Assert.Empty(all.ReplicaElectionResults);
        Assert.Equal(ErrorCode.InvalidRequest, unknown.ErrorCode);

        static IEnumerable<(int, ErrorCode)> Outcomes(ElectLeadersResponse response) =>
            response.ReplicaElectionResults.Single().PartitionResult.Select(r => (r.PartitionId, r.ErrorCode));
    }

    [Fact]
    public async Task A_broker_says_what_its_log_directories_hold()
    {
        var batch = Batches.Of("a");
        await _client.AskAsync(Requests.Produce("t", batch), 9);

        var all = await _client.AskAsync(new DescribeLogDirsRequest { Topics = null }, 4);
        var others = await _client.AskAsync(
            new DescribeLogDirsRequest { Topics = [new() { Topic = "t", Partitions = [1] }] }, 1);

        var directory = Assert.Single(all.Results);
        var topic = Assert.Single(directory.Topics, topic => topic.Name == "t");
        Assert.Equal((0, (long)batch.Length), (topic.Partitions.Single().PartitionIndex, topic.Partitions.Single().PartitionSize));
        Assert.True(Directory.Exists(Path.Combine(directory.LogDir, "t-0")));
        Assert.Empty(others.Results.SelectMany(r => r.Topics));
    }

    [Fact]
    public async Task A_consumer_learns_where_leader_epochs_end()
    {
        await _client.AskAsync(Requests.Produce("t", Batches.Of("a", "b")), 9);
        var metadata = await _client.AskAsync(new MetadataRequest { Topics = [new() { Name = "t" }] }, 12);
        var epoch = metadata.Topics[0].Partitions[0].LeaderEpoch;

        Assert.Equal((ErrorCode.None, epoch, 2L), await EndAsync(epoch, epoch));
        Assert.Equal((ErrorCode.None, epoch, 2L), await EndAsync(-1, epoch, version: 2));
        Assert.Equal((ErrorCode.None, -1, -1L), await EndAsync(-1, epoch + 1));
        Assert.Equal((ErrorCode.UnknownLeaderEpoch, -1, -1L), await EndAsync(epoch + 1, epoch));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1, -1L), await EndAsync(-1, epoch, partition: 1));
        Assert.Equal((ErrorCode.TopicAuthorizationFailed, -1, -1L), await EndAsync(-1, epoch, replica: 2));

        await _cluster.Cluster.KillBrokerAsync(new BrokerId(1));
        await _cluster.Cluster.StartBrokerAsync(new BrokerId(1));
        _client.Dispose();
        _client = await _cluster.ConnectAsync(1);
        var fenced = await KafkaCluster.EventuallyAsync(async () =>
        {
            var end = await EndAsync(epoch, epoch);
            return end.Error == ErrorCode.NotLeaderOrFollower ? null : (ErrorCode?)end.Error;
        });
        Assert.Equal(ErrorCode.FencedLeaderEpoch, fenced);

        // A replica knows of the newer epoch before it leads in it.
        var led = await KafkaCluster.EventuallyAsync(async () =>
        {
            var end = await EndAsync(-1, epoch);
            return end.Error == ErrorCode.NotLeaderOrFollower ? null : ((ErrorCode, int, long)?)end;
        });
        Assert.Equal((ErrorCode.None, epoch, 2L), led);

        async Task<(ErrorCode Error, int Epoch, long End)> EndAsync(
            int current, int asked, int partition = 0, int replica = -1, short version = 4)
        {
            var request = new OffsetForLeaderEpochRequest
            {
                ReplicaId = version < 3 ? -2 : replica,
                Topics =
                [
                    new()
                    {
                        Topic = "t",
                        Partitions = [new() { Partition = partition, CurrentLeaderEpoch = current, LeaderEpoch = asked }],
                    },
                ],
            };
            var end = (await _client.AskAsync(request, version)).Topics.Single().Partitions.Single();
            return (end.ErrorCode, end.LeaderEpoch, end.EndOffset);
        }
    }

    private async Task<IncrementalAlterConfigsResponse.Result> IncrementalAsync(
        sbyte type, string name, params IncrementalAlterConfigsRequest.Config[] configs)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = type, ResourceName = name, Configs = configs }],
        };
        return (await _client.AskAsync(request, 1)).Responses.Single();
    }

    /// <summary>The topic's setting, once it is as wanted: a broker hears of changes a moment after they were made.</summary>
    private async Task<DescribeConfigsResponse.Config> ConfigAsync(
        string setting, short version, Predicate<DescribeConfigsResponse.Config> isWanted)
    {
        var request = new DescribeConfigsRequest
        {
            IncludeSynonyms = true,
            IncludeDocumentation = version >= 3,
            Resources = [new() { ResourceType = Topic, ResourceName = "t", ConfigurationKeys = [setting] }],
        };
        return await KafkaCluster.EventuallyAsync<DescribeConfigsResponse.Config>(async () =>
        {
            var found = (await _client.AskAsync(request, version)).Results.Single().Configs.Single();
            return isWanted(found) ? found : null;
        });
    }
}
