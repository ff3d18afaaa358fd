using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;

namespace AkkaReplication.Groups;

/// <summary>Who is in the group, who may come in, and what they have in common.</summary>
public sealed partial class GroupCoordinator
{
    // In the order in which they came: effects must not depend on the hash of an id.
    private readonly OrderedDictionary<string, GroupMember> _members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _instances = new(StringComparer.Ordinal);

    /// <summary>Ids that were given out by MEMBER_ID_REQUIRED, with the times at which they lapse (KIP-394).</summary>
    private readonly OrderedDictionary<string, long> _promisedIds = new(StringComparer.Ordinal);

    private string? _protocol;
    private string? _leader;

    private int MaxRebalanceTimeoutMs
    {
        get
        {
            var longest = 0;
            foreach (var member in _members.Values)
                longest = Math.Max(longest, member.RebalanceTimeoutMs);
            return longest;
        }
    }

    /// <summary>Whether those are a member's present ids.</summary>
    private ErrorCode Check(string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (!_instances.TryGetValue(instanceId, out var current))
                return ErrorCode.UnknownMemberId;
            if (current != memberId)
                return ErrorCode.FencedInstanceId;
        }

        return _members.ContainsKey(memberId) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    private bool HasRoomFor(JoinGroupRequest request)
    {
        var known = request.MemberId.Length == 0 && request.GroupInstanceId is { } instance
            ? _instances.GetValueOrDefault(instance, "")
            : request.MemberId;
        var isMember = _members.TryGetValue(known, out var member);
        return State switch
        {
            GroupState.PreparingRebalance =>
                member is { HasJoined: true } || _members.Values.Count(m => m.HasJoined) < _options.MaxSize,
            GroupState.CompletingRebalance or GroupState.Stable => isMember || _members.Count < _options.MaxSize,
            _ => true,
        };
    }

    /// <summary>Whether everybody else could work with one of these protocols.</summary>
    private bool IsCompatible(JoinGroupRequest request)
    {
        if (request.ProtocolType.Length == 0 || request.Protocols.IsDefaultOrEmpty)
            return false;
        if (_members.Count == 0)
            return true;
        if (ProtocolType != request.ProtocolType)
            return false;

        var self = request.MemberId.Length == 0 && request.GroupInstanceId is { } instance
            ? _instances.GetValueOrDefault(instance, "")
            : request.MemberId;
        foreach (var protocol in request.Protocols)
        {
            if (_members.Values.All(m => m.MemberId == self || m.Offers(protocol.Name)))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Each member votes for the first of its protocols that all can do; the one with the most votes wins, and among equals
    /// the one that the oldest member wants most.
    /// </summary>
    private string Vote()
    {
        var candidates = new List<string>();
        foreach (var protocol in _members.GetAt(0).Value.Protocols)
        {
            if (_members.Values.All(m => m.Offers(protocol.Name)))
                candidates.Add(protocol.Name);
        }

        var votes = new int[candidates.Count];
        foreach (var member in _members.Values)
        {
            foreach (var protocol in member.Protocols)
            {
                var candidate = candidates.IndexOf(protocol.Name);
                if (candidate < 0)
                    continue;
                votes[candidate]++;
                break;
            }
        }

        return candidates[Array.IndexOf(votes, votes.Max())];
    }

    /// <summary>
    /// What the members subscribe to; null where that cannot be told, because they are no consumers or speak otherwise.
    /// </summary>
    private HashSet<string>? SubscribedTopics()
    {
        var topics = new HashSet<string>(StringComparer.Ordinal);
        if (_members.Count == 0)
            return topics;
        if (ProtocolType != ConsumerProtocol.Type)
            return null;

        foreach (var member in _members.Values)
        {
            var metadata = _protocol is not null && member.Offers(_protocol)
                ? member.MetadataOf(_protocol)
                : member.Protocols[0].Metadata;
            if (ConsumerProtocol.TryReadTopics(metadata) is not { } subscribed)
                return null;
            topics.UnionWith(subscribed);
        }

        return topics;
    }

    /// <summary>Forgets the member; whatever of it waits is answered.</summary>
    private void Remove(GroupMember member, EffectList effects)
    {
        Release(member, ErrorCode.UnknownMemberId, effects);
        _members.Remove(member.MemberId);
        if (member.InstanceId is { } instance)
            _instances.Remove(instance);
    }

    /// <summary>Answers whatever of the member waits.</summary>
    private static void Release(GroupMember member, ErrorCode error, EffectList effects)
    {
        if (member.JoinToken is { } join)
            Answer(join, GroupRefusals.Join(error, member.MemberId), effects);
        if (member.SyncToken is { } sync)
            Answer(sync, GroupRefusals.Sync(error), effects);
        member.JoinToken = null;
        member.SyncToken = null;
    }

    private ImmutableArray<StoredMember> Stored(string protocol, Func<GroupMember, ReadOnlyMemory<byte>> assignment) =>
    [
        .. _members.Values.Select(m => new StoredMember(
            m.MemberId,
            m.InstanceId,
            m.ClientId,
            m.ClientHost,
            m.RebalanceTimeoutMs,
            m.SessionTimeoutMs,
            m.MetadataOf(protocol),
            assignment(m))),
    ];
}
