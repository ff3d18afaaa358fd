using AkkaReplication.Protocol.Messages;
using AkkaReplication.Records;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>Requests that clients nobody here wrote have sent.</summary>
public sealed class ClientRequestTests
{
    private static readonly ILookup<string, Captured> Requests = Fixture.Lines("client-requests.txt")
        .Select(Captured.Parse)
        .ToLookup(request => request.Client);

    public static TheoryData<string> Clients => new(Requests.Select(g => g.Key));

    [Theory]
    [MemberData(nameof(Clients))]
    public void Every_request_is_read_whole_and_written_to_the_byte_as_the_client_did(string client)
    {
        foreach (var captured in Requests[client])
        {
            var reader = new KafkaReader(captured.Frame);
            var header = RequestHeader.Read(ref reader);
            var body = KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion);
            Assert.Equal((captured.Api, captured.Version), (header.ApiKey, header.ApiVersion));
            Assert.True(reader.Remaining == 0, $"{captured}: {reader.Remaining} bytes were not read");

            using var buffer = new FrameBuffer();
            KafkaFrames.WriteRequest(buffer, header.ApiVersion, header.CorrelationId, header.ClientId, body);
            Assert.Equal($"{captured} {Convert.ToHexString(captured.Frame)}", $"{captured} {Convert.ToHexString(buffer.ToArray()[4..])}");
        }
    }

    [Fact]
    public void The_api_versions_that_clients_ask_with_are_those_that_are_known_of_them()
    {
        Assert.Equal([0], Versions("python3-kafka", ApiKey.ApiVersions));
        Assert.Equal([2], Versions("kafkajs", ApiKey.ApiVersions));
        Assert.Equal([3], Versions("kcat", ApiKey.ApiVersions));
        Assert.Equal([0, 1, 5], Versions("python3-kafka", ApiKey.Metadata));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Every_client_produced_a_valid_batch_and_fetched_it(string client)
    {
        var produced = Bodies<ProduceRequest>(client);
        Assert.NotEmpty(produced);
        foreach (var batch in produced.SelectMany(r => r.Topics).SelectMany(t => t.Partitions).Select(p => p.Records!.Value))
        {
            Assert.True(BatchHeader.TryRead(batch.Span, out var header));
            Assert.Equal(batch.Length, header.SizeInBytes);
        }

        Assert.All(produced.SelectMany(r => r.Topics), topic => Assert.Equal("orders", topic.Name));
        var fetched = Bodies<FetchRequest>(client);
        Assert.NotEmpty(fetched);
        Assert.All(fetched, request => Assert.Equal((-1, "orders"), (request.ReplicaId, request.Topics[0].Topic)));
    }

    [Theory]
    [MemberData(nameof(Clients))]
    public void Every_client_joined_a_group_as_a_consumer_whose_subscription_can_be_read(string client)
    {
        var joined = Bodies<JoinGroupRequest>(client);
        Assert.NotEmpty(joined);
        Assert.All(joined, request => Assert.Equal("consumer", request.ProtocolType));
        foreach (var metadata in joined.SelectMany(r => r.Protocols).Select(p => p.Metadata))
            Assert.Equal(["orders"], Versioned.Read<ConsumerProtocolSubscription>(metadata, laterVersionsAlike: true).Topics);

        var assigned = Bodies<SyncGroupRequest>(client).SelectMany(r => r.Assignments).ToList();
        Assert.NotEmpty(assigned);
        foreach (var assignment in assigned.Select(a => a.Assignment))
        {
            var partitions = Versioned.Read<ConsumerProtocolAssignment>(assignment, laterVersionsAlike: true).AssignedPartitions;
            Assert.Equal("orders", Assert.Single(partitions).Topic);
        }
    }

    [Fact]
    public void A_static_member_gives_its_own_name()
    {
        Assert.Contains(Bodies<JoinGroupRequest>("kcat"), request => request.GroupInstanceId == "static");
        Assert.Contains(Bodies<JoinGroupRequest>("kcat"), request => request.GroupInstanceId is null);
    }

    private static IEnumerable<int> Versions(string client, ApiKey api) =>
        Requests[client].Where(r => r.Api == api).Select(r => (int)r.Version).Distinct().Order();

    private static List<T> Bodies<T>(string client) =>
        Requests[client].Select(captured => captured.Read()).OfType<T>().ToList();

    private sealed record Captured(string Client, ApiKey Api, short Version, byte[] Frame)
    {
        public static Captured Parse(string line)
        {
            var words = line.Split(' ');
            return new Captured(
                words[0],
                Enum.Parse<ApiKey>(words[1]),
                short.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture),
                Convert.FromHexString(words[3]));
        }

        public IKafkaRequest Read()
        {
            var reader = new KafkaReader(Frame);
            var header = RequestHeader.Read(ref reader);
            return KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion);
        }

        public override string ToString() => $"{Client} {Api} {Version}";
    }
}
