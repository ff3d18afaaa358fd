using System.Collections.Immutable;
using AkkaReplication.Groups;

namespace AkkaReplication.Clients;

internal sealed partial class ClusterAdmin
{
    public async Task<IReadOnlyList<ConsumerGroupListing>> ListConsumerGroupsAsync(CancellationToken ct = default)
    {
        var cluster = await DescribeClusterAsync(ct).ConfigureAwait(false);
        var request = new ListGroupsRequest([]);
        var calls = await Task.WhenAll(
            cluster.Brokers.Where(broker => !broker.Fenced).Select(broker => AskAsync(request, ct, broker.Id)))
            .ConfigureAwait(false);
        return
        [
            .. calls.SelectMany(call => Answer<ListGroupsResponse>(call).Groups)
                .Select(group => new ConsumerGroupListing(group.GroupId, group.ProtocolType, group.State))
                .OrderBy(group => group.GroupId, StringComparer.Ordinal),
        ];
    }

    public async Task<IReadOnlyList<ConsumerGroupDescription>> DescribeConsumerGroupsAsync(
        IEnumerable<string> groupIds, CancellationToken ct = default)
    {
        var named = Required(groupIds, nameof(groupIds)).Distinct().ToArray();
        CheckAlive(ct);
        return await Task.WhenAll(named.Select(id => DescribeGroupAsync(id, ct))).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<DeletedGroup>> DeleteConsumerGroupsAsync(
        IEnumerable<string> groupIds, CancellationToken ct = default)
    {
        var named = Required(groupIds, nameof(groupIds)).Distinct().ToArray();
        CheckAlive(ct);
        var calls = await Task.WhenAll(named.Select(id => AskCoordinatorAsync(new DeleteGroupRequest(id), ct)))
            .ConfigureAwait(false);
        DeletedGroup[] results =
        [
            .. named.Zip(calls, (id, call) => new DeletedGroup(id, call.Error, WhyNotDeleted(call))),
        ];
        return Array.TrueForAll(results, r => r.Error == ErrorCode.None)
            ? results
            : throw new GroupsException(results) { MayHaveBeenCarriedOut = calls.Any(c => c.MayHaveRunBefore) };
    }

    public async Task<IReadOnlyList<TopicPartitionOffset>> ListConsumerGroupOffsetsAsync(
        string groupId, IEnumerable<TopicPartition>? partitions = null, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(groupId);
        ImmutableArray<TopicPartition>? asked = partitions is null ? null : [.. partitions];
        if (asked is { } some)
            RequirePartitions(some, nameof(partitions));
        CheckAlive(ct);
        var call = await AskCoordinatorAsync(new OffsetFetchRequest(groupId, asked), ct).ConfigureAwait(false);
        return
        [
            .. Answer<OffsetFetchResponse>(call).Offsets.Select(
                o => new TopicPartitionOffset(o.Partition, o.Offset < 0 ? Offset.Unset : new Offset(o.Offset))),
        ];
    }

    public async Task AlterConsumerGroupOffsetsAsync(
        string groupId, IEnumerable<TopicPartitionOffset> offsets, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(groupId);
        ArgumentNullException.ThrowIfNull(offsets);
        ImmutableArray<TopicPartitionOffset> asked = [.. offsets];
        RequirePartitions([.. asked.Select(o => o.TopicPartition)], nameof(offsets));
        if (asked.Any(o => o.Offset.IsSpecial))
            throw new ArgumentException("Offsets of 0 and greater are accepted.", nameof(offsets));
        CheckAlive(ct);
        if (asked.IsEmpty)
            return;

        var call = await AskCoordinatorAsync(
            new OffsetCommitRequest(
                groupId,
                -1,
                "",
                null,
                [.. asked.Select(o => new OffsetToCommit(o.TopicPartition, o.Offset.Value, LeaderEpoch.None))]),
            ct).ConfigureAwait(false);
        var results = Answer<OffsetCommitResponse>(call, isChange: true).Results;
        Check([.. results.Select((r, i) => new TopicPartitionOffsetError(asked[i], r.Error))]);
    }

    public async Task DeleteConsumerGroupOffsetsAsync(
        string groupId, IEnumerable<TopicPartition> partitions, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(groupId);
        ArgumentNullException.ThrowIfNull(partitions);
        ImmutableArray<TopicPartition> asked = [.. partitions];
        RequirePartitions(asked, nameof(partitions));
        CheckAlive(ct);
        if (asked.IsEmpty)
            return;

        var call = await AskCoordinatorAsync(new OffsetDeleteRequest(groupId, asked), ct).ConfigureAwait(false);
        var results = Answer<OffsetDeleteResponse>(call, isChange: true).Results;
        Check([.. results.Select(r => new TopicPartitionOffsetError(new(r.Partition, Offset.Unset), r.Error))]);
    }

    private async Task<ConsumerGroupDescription> DescribeGroupAsync(string groupId, CancellationToken ct)
    {
        var call = await AskCoordinatorAsync(new DescribeGroupRequest(groupId), ct).ConfigureAwait(false);
        if (call.Error != ErrorCode.None)
            return new ConsumerGroupDescription(groupId, call.Error, GroupState.Dead, "", []);

        var group = Answer<DescribeGroupResponse>(call);
        return new ConsumerGroupDescription(
            groupId,
            ErrorCode.None,
            Enum.Parse<GroupState>(group.State),
            group.ProtocolData,
            [
                .. group.Members.Select(m => new MemberDescription(
                    m.MemberId, m.GroupInstanceId, m.ClientId, m.ClientHost, AssignmentOf(group, m))),
            ]);
    }

    /// <summary>What cannot be read is another kind of member's, or a consumer's that writes nonsense.</summary>
    private static ImmutableArray<TopicPartition> AssignmentOf(DescribeGroupResponse group, DescribedMember member)
    {
        if (group.ProtocolType != ConsumerProtocol.Type || member.Assignment.IsEmpty)
            return [];
        try
        {
            return ConsumerProtocol.DecodeAssignment(member.Assignment);
        }
        catch (GroupRecordFormatException)
        {
            return [];
        }
    }

    private async Task<ClusterCallCompleted> AskCoordinatorAsync(GroupRequest request, CancellationToken ct) =>
        (ClusterCallCompleted)await CallAsync(
            (machine, token) => machine.AskCoordinator(_host.NowMs, token, request, _timeoutMs), ct).ConfigureAwait(false);

    private static string? WhyNotDeleted(ClusterCallCompleted call) => call.Error switch
    {
        ErrorCode.None => null,
        ErrorCode.NonEmptyGroup => "it has members",
        ErrorCode.GroupIdNotFound => "there is no such group",
        _ => call.Message,
    };

    private static void Check(TopicPartitionOffsetError[] results)
    {
        if (Array.Exists(results, r => r.Error != ErrorCode.None))
            throw new CommitFailedException(results);
    }
}
