using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Protocol.Tests.Messages;

/// <summary>Frames as they are behind their size on the wire, put together by hand where the encoding has its traps.</summary>
public sealed class GoldenTests
{
    [Fact]
    public void ApiVersions_request_3_has_compact_strings_but_the_client_id_before_it_has_not()
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "lib", ClientSoftwareVersion = "1.0" };
        AssertRequest(
            request, 3, 7, "me",
            "0012" + "0003" + "00000007" // ApiVersions 3, correlation id
            + "0002" + "6D65" + "00" // "me" with a length of two bytes, then no tagged fields
            + "04" + "6C6962" + "04" + "312E30" + "00");
    }

    [Fact]
    public void ApiVersions_request_0_is_empty_and_may_have_no_client_id() =>
        AssertRequest(new ApiVersionsRequest(), 0, 1, null, "0012" + "0000" + "00000001" + "FFFF");

    [Fact]
    public void ApiVersions_response_3_is_flexible_behind_a_header_that_is_not()
    {
        var response = new ApiVersionsResponse
        {
            ApiKeys = [new() { ApiKey = 18, MinVersion = 0, MaxVersion = 4 }],
            SupportedFeatures = [new() { Name = "f", MinVersion = 1, MaxVersion = 2 }],
            FinalizedFeaturesEpoch = 5,
        };
        AssertResponse(
            response, 3, 7,
            "00000007" // no tagged fields behind the correlation id
            + "0000" + "02" + "0012" + "0000" + "0004" + "00" + "00000000" // no error, one API, no throttle time
            + "02" // two tagged fields
            + "00" + "08" + "02" + "02" + "66" + "0001" + "0002" + "00" // 0: one feature
            + "01" + "08" + "0000000000000005"); // 1: the epoch
    }

    [Fact]
    public void ApiVersions_response_0_to_a_version_that_does_not_exist_names_those_that_do()
    {
        var response = new ApiVersionsResponse
        {
            ErrorCode = ErrorCode.UnsupportedVersion,
            ApiKeys = [new() { ApiKey = 18, MinVersion = 0, MaxVersion = 4 }],
        };
        AssertResponse(
            response, 0, 7, "00000007" + "0023" + "00000001" + "0012" + "0000" + "0004");
    }

    [Fact]
    public void Metadata_request_tells_all_topics_from_none()
    {
        AssertRequest(
            new MetadataRequest { Topics = null }, 1, 2, "c", "0003" + "0001" + "00000002" + "000163" + "FFFFFFFF");
        AssertRequest(
            new MetadataRequest { Topics = [] }, 1, 2, "c", "0003" + "0001" + "00000002" + "000163" + "00000000");
        AssertRequest(
            new MetadataRequest { Topics = null, AllowAutoTopicCreation = false }, 9, 2, "c",
            "0003" + "0009" + "00000002" + "000163" + "00" + "00" + "00" + "00" + "00" + "00");
    }

    [Fact]
    public void Metadata_request_10_of_an_id_has_no_name()
    {
        var id = new Guid("00112233-4455-6677-8899-aabbccddeeff");
        AssertRequest(
            new MetadataRequest { Topics = [new() { TopicId = id, Name = null }] }, 12, 2, null,
            "0003" + "000C" + "00000002" + "FFFF" + "00"
            + "02" + "00112233445566778899AABBCCDDEEFF" + "00" + "00" + "01" + "00" + "00");
    }

    [Fact]
    public void Metadata_response_9_has_a_tag_count_behind_every_struct()
    {
        var response = new MetadataResponse
        {
            Brokers = [new() { NodeId = 1, Host = "h", Port = 9092, Rack = null }],
            ClusterId = "c",
            ControllerId = 1,
            Topics =
            [
                new()
                {
                    Name = "t",
                    Partitions = [new() { LeaderId = 1, LeaderEpoch = 3, ReplicaNodes = [1], IsrNodes = [1] }],
                },
            ],
        };
        AssertResponse(
            response, 9, 1,
            "00000001" + "00" // flexible header
            + "00000000" // throttle time
            + "02" + "00000001" + "0268" + "00002384" + "00" + "00" // broker without rack
            + "0263" + "00000001" // cluster, controller
            + "02" + "0000" + "0274" + "00" // topic
            + "02" + "0000" + "00000000" + "00000001" + "00000003" + "0200000001" + "0200000001" + "01" + "00" // partition
            + "80000000" + "00" // the topic's operations were not asked for
            + "80000000" + "00");
    }

    [Fact]
    public void Produce_request_before_and_since_compact_encoding()
    {
        var request = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            Topics = [new() { Name = "t", Partitions = [new() { Index = 4, Records = new byte[] { 0xAA, 0xBB } }] }],
        };
        AssertRequest(
            request, 7, 1, "c",
            "0000" + "0007" + "00000001" + "000163"
            + "FFFF" + "FFFF" + "00007530" + "00000001" + "000174" + "00000001" + "00000004" + "00000002AABB");
        AssertRequest(
            request, 9, 1, "c",
            "0000" + "0009" + "00000001" + "000163" + "00"
            + "00" + "FFFF" + "00007530" + "02" + "0274" + "02" + "00000004" + "03AABB" + "00" + "00" + "00");
        request.Topics[0].Partitions[0].Records = null;
        request.TransactionalId = "x";
        AssertRequest(
            request, 3, 1, "c",
            "0000" + "0003" + "00000001" + "000163"
            + "000178" + "FFFF" + "00007530" + "00000001" + "000174" + "00000001" + "00000004" + "FFFFFFFF");
    }

    [Fact]
    public void Produce_response_has_the_throttle_time_last_and_hints_as_tagged_fields()
    {
        var response = new ProduceResponse
        {
            Topics =
            [
                new()
                {
                    Name = "t",
                    Partitions =
                    [
                        new()
                        {
                            Index = 4,
                            ErrorCode = ErrorCode.NotLeaderOrFollower,
                            BaseOffset = -1,
                            CurrentLeader = new() { LeaderId = 2, LeaderEpoch = 9 },
                        },
                    ],
                },
            ],
            ThrottleTimeMs = 5,
            NodeEndpoints = [new() { NodeId = 2, Host = "h", Port = 1 }],
        };
        AssertResponse(
            response, 1, 1,
            "00000001" + "00000001" + "000174" + "00000001"
            + "00000004" + "0006" + "FFFFFFFFFFFFFFFF" + "00000005");
        AssertResponse(
            response, 10, 1,
            "00000001" + "00" + "02" + "0274" + "02"
            + "00000004" + "0006" + "FFFFFFFFFFFFFFFF" + "FFFFFFFFFFFFFFFF" + "FFFFFFFFFFFFFFFF" + "01" + "00"
            + "01" + "00" + "09" + "00000002" + "00000009" + "00" // the partition's tagged field 0, a struct with tags of its own
            + "00" // the topic's
            + "00000005"
            + "01" + "00" + "0D" + "02" + "00000002" + "0268" + "00000001" + "00" + "00");
    }

    [Fact]
    public void Fetch_response_tells_no_records_from_null()
    {
        var response = new FetchResponse
        {
            Topics = [new() { Topic = "t", Partitions = [new() { HighWatermark = 1, Records = ReadOnlyMemory<byte>.Empty }] }],
        };
        var head = "00000001" + "00000000" + "00000001" + "000174" + "00000001"
            + "00000000" + "0000" + "0000000000000001" + "FFFFFFFFFFFFFFFF" + "FFFFFFFF";
        AssertResponse(response, 4, 1, head + "00000000");
        response.Topics[0].Partitions[0].Records = null;
        AssertResponse(response, 4, 1, head + "FFFFFFFF");
    }

    [Fact]
    public void Unknown_tagged_fields_are_skipped_in_the_header_and_in_every_struct()
    {
        var frame = Convert.FromHexString(
            "0000" + "0009" + "00000001" + "FFFF" + "02" + "05" + "00" + "8001" + "03" + "AABBCC"
            + "00" + "FFFF" + "00007530" + "02" + "0274" + "02" + "00000004" + "03AABB" + "01" + "63" + "02" + "0102"
            + "00" + "01" + "7F" + "00");
        var reader = new KafkaReader(frame);
        var header = RequestHeader.Read(ref reader);
        var request = ProduceRequest.Read(ref reader, header.ApiVersion);

        Assert.Equal(0, reader.Remaining);
        Assert.Equal([0xAA, 0xBB], request.Topics[0].Partitions[0].Records!.Value.ToArray());
    }

    [Fact]
    public void What_a_version_cannot_say_is_refused_and_not_dropped()
    {
        AssertRefused(new ProduceRequest { TransactionalId = "x" }, 2, "transactionalId");
        AssertRefused(new MetadataRequest { Topics = null }, 0, "topics");
        AssertRefused(new MetadataRequest { Topics = [new() { TopicId = Guid.NewGuid(), Name = "t" }] }, 9, "topics.topicId");
        AssertRefused(new MetadataRequest { Topics = [new() { Name = new string('n', 40_000) }] }, 8, "topics.name");
    }

    private static void AssertRefused(IKafkaRequest request, short version, string field)
    {
        using var buffer = new FrameBuffer();
        var error = Assert.Throws<ReplicationException>(() => KafkaFrames.WriteRequest(buffer, version, 1, null, request));
        Assert.Equal(ErrorCode.UnsupportedVersion, error.Error);
        Assert.Contains($"{request.ApiKey}Request version {version}, {field}: ", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, buffer.Length);
    }

    private static void AssertRequest(IKafkaRequest request, short version, int correlationId, string? clientId, string hex)
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteRequest(buffer, version, correlationId, clientId, request);
        Assert.Equal($"{hex.Length / 2:X8}{hex}", Convert.ToHexString(buffer.ToArray()));

        var reader = new KafkaReader(Convert.FromHexString(hex));
        Assert.Equal(new RequestHeader(request.ApiKey, version, correlationId, clientId), RequestHeader.Read(ref reader));
        var kind = MessageKinds.Of(request.GetType().Name);
        MessageFields.AssertRead(
            request, KafkaApis.ReadRequest(ref reader, request.ApiKey, version), kind.Message.Fields, kind.Schema, version);
        Assert.Equal(0, reader.Remaining);
    }

    private static void AssertResponse(IKafkaResponse response, short version, int correlationId, string hex)
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteResponse(buffer, version, correlationId, response);
        Assert.Equal($"{hex.Length / 2:X8}{hex}", Convert.ToHexString(buffer.ToArray()));

        var reader = new KafkaReader(Convert.FromHexString(hex));
        Assert.Equal(correlationId, ResponseHeader.Read(ref reader, response.ApiKey, version).CorrelationId);
        var kind = MessageKinds.Of(response.GetType().Name);
        MessageFields.AssertRead(
            response, KafkaApis.ReadResponse(ref reader, response.ApiKey, version), kind.Message.Fields, kind.Schema, version);
        Assert.Equal(0, reader.Remaining);
    }
}
