using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>What requests do, and with which codes they are refused.</summary>
public sealed class ApiTests : IAsyncLifetime
{
    private KafkaCluster _cluster = null!;
    private KafkaTestClient _client = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaCluster.StartAsync(brokers: 1);
        _client = await _cluster.ConnectAsync(1);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task What_was_produced_is_fetched_byte_for_byte()
    {
        await _cluster.CreateTopicAsync("t");
        var batch = Batches.Of("a", "b");

        var produced = (await _client.AskAsync(Requests.Produce("t", batch), 11)).Topics[0].Partitions[0];
        var fetched = (await _client.AskAsync(Requests.Fetch("t", 0), 12)).Topics[0].Partitions[0];

        Assert.Equal((ErrorCode.None, 0L), (produced.ErrorCode, produced.BaseOffset));
        Assert.Equal((ErrorCode.None, 2L), (fetched.ErrorCode, fetched.HighWatermark));

        // The leader's epoch and the base offset are the broker's, the rest is the client's.
        Assert.Equal(batch[17..], fetched.Records!.Value[17..].ToArray());
    }

    [Fact]
    public async Task Offsets_are_found_at_the_ends_and_by_time()
    {
        await _cluster.CreateTopicAsync("t");
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await _client.AskAsync(Requests.Produce("t", Batches.At((now, "a"), (now, "b"), (now, "c"))), 9);

        Assert.Equal(0, await OffsetAsync(-2));
        Assert.Equal(3, await OffsetAsync(-1));
        Assert.Equal(0, await OffsetAsync(now));
        Assert.Equal(-1, await OffsetAsync(now + 1));

        async Task<long> OffsetAsync(long timestamp)
        {
            var answer = await _client.AskAsync(Requests.ListOffsets("t", timestamp), 6);
            Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
            return answer.Topics[0].Partitions[0].Offset;
        }
    }

    [Fact]
    public async Task The_latest_record_is_found_and_everything_is_local()
    {
        await _cluster.CreateTopicAsync("t");
        Assert.Equal((ErrorCode.None, -1, -1, -1), await FindAsync(-3, 7));
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await _client.AskAsync(Requests.Produce("t", Batches.At((now - 3, "a"), (now - 1, "b"), (now - 2, "c"))), 9);
        await _client.AskAsync(Requests.Produce("t", Batches.At((now - 1, "d"))), 9);
        var epoch = (await FindAsync(-1, 6)).Epoch;
        Assert.True(epoch >= 0);

        Assert.Equal((ErrorCode.None, 1, now - 1, epoch), await FindAsync(-3, 7));
        Assert.Equal((ErrorCode.None, 0, -1, epoch), await FindAsync(-4, 8));
        Assert.Equal((ErrorCode.None, -1, -1, -1), await FindAsync(-5, 9));
        Assert.Equal((ErrorCode.None, 4, -1, epoch), await FindAsync(-1, 9));
        Assert.Equal((ErrorCode.None, 1, now - 1, epoch), await FindAsync(now - 2, 9));
    }

    [Theory]
    [InlineData(-3, 6)]
    [InlineData(-4, 7)]
    [InlineData(-5, 8)]
    [InlineData(-6, 9)]
    public async Task A_timestamp_with_a_meaning_that_the_version_does_not_know_is_refused(long timestamp, short version)
    {
        await _cluster.CreateTopicAsync("t");

        Assert.Equal((ErrorCode.UnsupportedVersion, -1, -1, -1), await FindAsync(timestamp, version));
    }

    [Fact]
    public async Task Nobody_on_this_listener_acts_as_a_replica()
    {
        await _cluster.CreateTopicAsync("t");
        var fetch = Requests.Fetch("t", 0);
        fetch.ReplicaId = 2;
        var newFetch = Requests.Fetch("t", 0);
        newFetch.Topics[0].TopicId = _cluster.Cluster.Describe().Partitions.Single().TopicId.Value;
        newFetch.ReplicaState = new() { ReplicaId = 2, ReplicaEpoch = 1 };

        var fetched = await _client.AskAsync(fetch, 12);
        var newlyFetched = await _client.AskAsync(newFetch, 16);
        var listed = await _client.AskAsync(Requests.ListOffsets("t", -1, replica: 2), 6);

        Assert.Equal(ErrorCode.TopicAuthorizationFailed, fetched.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, newlyFetched.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.TopicAuthorizationFailed, listed.Topics[0].Partitions[0].ErrorCode);
    }

    [Theory]
    [InlineData(2, "", -1, 0, ErrorCode.UnsupportedForMessageFormat)]
    [InlineData(9, "", 2, 0, ErrorCode.InvalidRequiredAcks)]
    [InlineData(9, "tx", -1, 0, ErrorCode.TransactionalIdAuthorizationFailed)]
    [InlineData(9, "", -1, 1, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(9, "", -1, -1, ErrorCode.UnknownTopicOrPartition)]
    public async Task A_produce_request_that_cannot_be_done_is_refused_by_name(
        short version, string transactionalId, short acks, int partition, ErrorCode error)
    {
        await _cluster.CreateTopicAsync("t");
        var request = Requests.Produce("t", Batches.Of("a"), acks, partition);
        request.TransactionalId = transactionalId.Length == 0 ? null : transactionalId;

        var refused = (await _client.AskAsync(request, version)).Topics[0].Partitions[0];

        Assert.Equal((error, -1L, partition), (refused.ErrorCode, refused.BaseOffset, refused.Index));
        Assert.Equal(0, (await _client.AskAsync(Requests.Fetch("t", 0), 12)).Topics[0].Partitions[0].HighWatermark);
    }

    [Fact]
    public async Task Batches_that_are_none_are_refused_and_the_connection_goes_on()
    {
        await _cluster.CreateTopicAsync("t");
        var damaged = Batches.Of("a");
        damaged[^1] ^= 1;
        var old = Batches.Of("a");
        old[16] = 1;

        Assert.Equal(ErrorCode.CorruptMessage, await ErrorOfAsync(damaged));
        Assert.Equal(ErrorCode.UnsupportedForMessageFormat, await ErrorOfAsync(old));
        Assert.Equal(ErrorCode.InvalidRecord, await ErrorOfAsync([]));
        Assert.Equal(ErrorCode.None, await ErrorOfAsync(Batches.Of("a")));

        async Task<ErrorCode> ErrorOfAsync(byte[] batch) =>
            (await _client.AskAsync(Requests.Produce("t", batch), 9)).Topics[0].Partitions[0].ErrorCode;
    }

    [Fact]
    public async Task Acks_0_has_no_answer_and_its_refusal_is_the_end_of_the_connection()
    {
        await _cluster.CreateTopicAsync("t");
        await _client.SendAsync(Requests.Produce("t", Batches.Of("a"), acks: 0), 9);
        var metadata = await _client.AskAsync(new MetadataRequest { Topics = [] }, 12);
        Assert.Single(metadata.Brokers);

        await _client.SendAsync(Requests.Produce("missing", Batches.Of("a"), acks: 0), 9);

        await _client.ExpectClosedAsync();
    }

    [Fact]
    public async Task A_partition_that_is_asked_for_twice_is_served_once()
    {
        await _cluster.CreateTopicAsync("t");
        var produce = Requests.Produce("t", Batches.Of("a"));
        produce.Topics = [produce.Topics[0], produce.Topics[0]];
        var fetch = Requests.Fetch("t", 0);
        fetch.Topics = [fetch.Topics[0], fetch.Topics[0]];

        var produced = await _client.AskAsync(produce, 9);
        var fetched = await _client.AskAsync(fetch, 12);

        Assert.Equal(
            [ErrorCode.None, ErrorCode.InvalidRequest], produced.Topics.Select(t => t.Partitions[0].ErrorCode));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.InvalidRequest],
            fetched.Topics.SelectMany(t => t.Partitions).Select(p => p.ErrorCode));
    }

    [Fact]
    public async Task A_topic_is_made_by_being_asked_about_where_that_is_allowed()
    {
        var asked = new MetadataRequest { Topics = [new() { Name = "made" }, new() { Name = "not/made" }] };

        var first = await _client.AskAsync(asked, 12);
        asked.AllowAutoTopicCreation = false;
        await KafkaCluster.EventuallyAsync(async () =>
            (await _client.AskAsync(asked, 12)).Topics[0].ErrorCode == ErrorCode.None ? true : (bool?)null);
        var other = new MetadataRequest { AllowAutoTopicCreation = false, Topics = [new() { Name = "other" }] };

        Assert.True(first.Topics[0].ErrorCode is ErrorCode.None or ErrorCode.LeaderNotAvailable);
        Assert.Equal(ErrorCode.InvalidTopicException, first.Topics[1].ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await _client.AskAsync(other, 12)).Topics[0].ErrorCode);
    }

    [Fact]
    public async Task Topics_are_made_grown_and_deleted_by_name_and_by_id()
    {
        var create = new CreateTopicsRequest
        {
            Topics =
            [
                new() { Name = "t", NumPartitions = 1, ReplicationFactor = 1 },
                new() { Name = "a/b", NumPartitions = 1, ReplicationFactor = 1 },
                new() { Name = "c", NumPartitions = 1, ReplicationFactor = 1, Configs = [new() { Name = "nope", Value = "1" }] },
                new() { Name = "d", NumPartitions = 1 },
                new() { Name = "d", NumPartitions = 1 },
            ],
        };
        var created = (await _client.AskAsync(create, 7)).Topics;
        Assert.Equal(
            ["t None", "a/b InvalidTopicException", "c InvalidConfig", "d InvalidRequest"],
            created.Select(t => $"{t.Name} {t.ErrorCode}"));
        Assert.Null(created[0].ErrorMessage);
        Assert.Equal(ErrorCode.TopicAlreadyExists, (await _client.AskAsync(create, 2)).Topics[0].ErrorCode);

        var grow = new CreatePartitionsRequest { TimeoutMs = 60_000, Topics = [new() { Name = "t", Count = 3, Assignments = null }] };
        Assert.Equal(ErrorCode.None, (await _client.AskAsync(grow, 3)).Results[0].ErrorCode);
        await KafkaCluster.EventuallyAsync(async () =>
            (await _client.AskAsync(new MetadataRequest(), 12)).Topics[0].Partitions.Length == 3 ? true : (bool?)null);

        var byId = new DeleteTopicsRequest { TimeoutMs = 60_000, Topics = [new() { Name = null, TopicId = created[0].TopicId }] };
        Assert.Equal(("t", ErrorCode.None), await DeletedAsync(byId, 6));
        Assert.Equal(
            ("t", ErrorCode.UnknownTopicOrPartition), await DeletedAsync(new() { TimeoutMs = 60_000, TopicNames = ["t"] }, 5));

        async Task<(string?, ErrorCode)> DeletedAsync(DeleteTopicsRequest request, short version)
        {
            var deleted = (await _client.AskAsync(request, version)).Responses[0];
            return (deleted.Name, deleted.ErrorCode);
        }
    }

    [Fact]
    public async Task Producers_get_ids_and_repeated_batches_are_stored_once()
    {
        await _cluster.CreateTopicAsync("t");
        var ids = await KafkaCluster.EventuallyAsync(async () =>
        {
            var granted = await _client.AskAsync(new InitProducerIdRequest(), 4);
            return granted.ErrorCode == ErrorCode.None ? (granted.ProducerId, granted.ProducerEpoch) : ((long, short)?)null;
        });
        var batch = Batches.Of("a");
        Records.RecordBatch.SetProducer(batch, ids.Item1, ids.Item2, 0);

        var first = (await _client.AskAsync(Requests.Produce("t", batch), 9)).Topics[0].Partitions[0];
        var again = (await _client.AskAsync(Requests.Produce("t", batch), 9)).Topics[0].Partitions[0];

        Assert.Equal((ErrorCode.None, 0L), (first.ErrorCode, first.BaseOffset));
        Assert.Equal((ErrorCode.None, 0L), (again.ErrorCode, again.BaseOffset));
        Assert.Equal(1, (await _client.AskAsync(Requests.Fetch("t", 0), 12)).Topics[0].Partitions[0].HighWatermark);
    }

    [Fact]
    public async Task A_fetch_session_that_does_not_exist_is_refused()
    {
        var response = await _client.AskAsync(new FetchRequest { SessionId = 7, SessionEpoch = 1 }, 12);

        Assert.Equal(ErrorCode.FetchSessionIdNotFound, response.ErrorCode);
    }

    [Fact]
    public async Task The_cluster_describes_itself()
    {
        var cluster = await _client.AskAsync(new DescribeClusterRequest(), 1);
        var controllers = await _client.AskAsync(new DescribeClusterRequest { EndpointType = 2 }, 1);

        Assert.Equal(_cluster.Cluster.ClusterId, cluster.ClusterId);
        Assert.Equal(("localhost", _cluster.PortOf(1)), (cluster.Brokers[0].Host, cluster.Brokers[0].Port));
        Assert.Contains(cluster.Brokers, b => b.BrokerId == cluster.ControllerId);
        Assert.Equal(ErrorCode.MismatchedEndpointType, controllers.ErrorCode);
    }

    private async Task<(ErrorCode Error, long Offset, long Timestamp, int Epoch)> FindAsync(long timestamp, short version)
    {
        var found = (await _client.AskAsync(Requests.ListOffsets("t", timestamp), version)).Topics[0].Partitions[0];
        return (found.ErrorCode, found.Offset, found.Timestamp, found.LeaderEpoch);
    }
}
