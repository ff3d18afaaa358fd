using System.Text;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>A member of a group, as a client has it: finds the coordinator, joins, gets its assignment, commits.</summary>
internal sealed class GroupTestMember(KafkaCluster cluster, string group) : IDisposable
{
    private const string Protocol = "range";

    private KafkaTestClient? _client;

    /// <summary>What it says of itself to the group's leader; left out, what no consumer could read.</summary>
    public ReadOnlyMemory<byte>? Metadata { get; init; }

    public string Id { get; private set; } = "";

    public int Generation { get; private set; } = -1;

    public int Coordinator { get; private set; }

    public KafkaTestClient Client => _client!;

    /// <summary>Connects to the group's coordinator, as soon as one of the running brokers names it.</summary>
    public async Task ConnectAsync(int not = -1)
    {
        Coordinator = await KafkaCluster.EventuallyAsync(async () =>
        {
            using var any = await cluster.ConnectAsync(not == 1 ? 2 : 1);
            var found = (await any.AskAsync(new FindCoordinatorRequest { CoordinatorKeys = [group] }, 4)).Coordinators[0];
            return found.ErrorCode == ErrorCode.None && found.NodeId != not ? found.NodeId : (int?)null;
        });
        _client?.Dispose();
        _client = await cluster.ConnectAsync(Coordinator);

        // It may hear later than others that it coordinates, and has to read the group first.
        await KafkaCluster.EventuallyAsync(async () => (await FetchAsync("t", 6)).ErrorCode == ErrorCode.None ? true : (bool?)null);
    }

    /// <summary>Asks to join; returns the number of the answer.</summary>
    public async Task<int> SendJoinAsync()
    {
        if (Id.Length == 0)
        {
            var promised = await Client.AskAsync(Join(), 9);
            Assert.Equal(ErrorCode.MemberIdRequired, promised.ErrorCode);
            Id = promised.MemberId;
        }

        return await Client.SendAsync(Join(), 9);
    }

    /// <summary>The answer to that request.</summary>
    public async Task<JoinGroupResponse> JoinedAsync(int correlation)
    {
        var joined = (JoinGroupResponse)await Client.ReceiveAsync(AkkaReplication.Protocol.ApiKey.JoinGroup, 9, correlation);
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        Generation = joined.GenerationId;
        return joined;
    }

    public async Task<JoinGroupResponse> JoinAsync() => await JoinedAsync(await SendJoinAsync());

    /// <summary>Gets its assignment; the leader brings all of them.</summary>
    public async Task<string> SyncAsync(params (string Member, string Assignment)[] assignments)
    {
        var synced = await Client.AskAsync(
            new SyncGroupRequest
            {
                GroupId = group,
                GenerationId = Generation,
                MemberId = Id,
                ProtocolType = "consumer",
                ProtocolName = Protocol,
                Assignments =
                [
                    .. assignments.Select(a => new SyncGroupRequest.MemberAssignment
                    {
                        MemberId = a.Member,
                        Assignment = Encoding.UTF8.GetBytes(a.Assignment),
                    }),
                ],
            },
            5);
        Assert.Equal(ErrorCode.None, synced.ErrorCode);
        return Encoding.UTF8.GetString(synced.Assignment.Span);
    }

    public async Task<ErrorCode> HeartbeatAsync() => (await Client.AskAsync(
        new HeartbeatRequest { GroupId = group, GenerationId = Generation, MemberId = Id }, 4)).ErrorCode;

    public async Task<ErrorCode> LeaveAsync() => (await Client.AskAsync(
        new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = Id }] }, 5)).Members[0].ErrorCode;

    public async Task<ErrorCode> CommitAsync(string topic, long offset, int partition = 0)
    {
        var committed = await Client.AskAsync(
            new OffsetCommitRequest
            {
                GroupId = group,
                GenerationId = Generation,
                MemberId = Id,
                Topics =
                [
                    new()
                    {
                        Name = topic,
                        Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = "m" }],
                    },
                ],
            },
            9);
        return committed.Topics[0].Partitions[0].ErrorCode;
    }

    public Task<OffsetFetchResponse> FetchAsync(string topic, short version) => Client.AskAsync(
        new OffsetFetchRequest { GroupId = group, Topics = [new() { Name = topic, PartitionIndexes = [0] }] }, version);

    public void Dispose() => _client?.Dispose();

    private JoinGroupRequest Join() => new()
    {
        GroupId = group,
        SessionTimeoutMs = 60_000,
        RebalanceTimeoutMs = 60_000,
        MemberId = Id,
        ProtocolType = "consumer",
        Protocols = [new() { Name = Protocol, Metadata = Metadata ?? Encoding.UTF8.GetBytes($"of {Id}") }],
    };
}
