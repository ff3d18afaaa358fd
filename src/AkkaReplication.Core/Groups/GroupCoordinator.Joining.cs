using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>JoinGroup: who is admitted, who waits, who is told the present generation again.</summary>
public sealed partial class GroupCoordinator
{
    private void OnJoin(
        GroupTime time, RequestToken token, GroupClient client, JoinGroupRequest request, EffectList effects)
    {
        var error = CheckJoin(request);
        if (error != ErrorCode.None)
        {
            Answer(token, GroupRefusals.Join(error, request.MemberId), effects);
            if (error == ErrorCode.GroupMaxSizeReached && _members.TryGetValue(request.MemberId, out var crowdedOut))
            {
                Remove(crowdedOut, effects);
                MembersGone(time, $"{crowdedOut.MemberId} has no place", effects);
            }

            return;
        }

        if (request.MemberId.Length > 0)
            JoinKnown(time, token, client, request, effects);
        else if (request.GroupInstanceId is { } instance)
            JoinStatic(time, token, client, request, instance, effects);
        else if (request.RequiresKnownMemberId)
            PromiseId(time, token, client, request, effects);
        else
            Admit(time, token, client, request, NewMemberId(client.ClientId), effects);
    }

    private ErrorCode CheckJoin(JoinGroupRequest request)
    {
        if (request.SessionTimeoutMs < _options.MinSessionTimeoutMs
            || request.SessionTimeoutMs > _options.MaxSessionTimeoutMs)
        {
            return ErrorCode.InvalidSessionTimeout;
        }

        if (State == GroupState.Dead && request.MemberId.Length > 0)
            return ErrorCode.UnknownMemberId;
        if (!HasRoomFor(request))
            return ErrorCode.GroupMaxSizeReached;
        if (!IsCompatible(request))
            return ErrorCode.InconsistentGroupProtocol;
        return CanBeStored(request) ? ErrorCode.None : ErrorCode.InvalidRequest;
    }

    private static bool CanBeStored(JoinGroupRequest request) =>
        StoredTexts.Fits(request.GroupInstanceId)
        && StoredTexts.Fits(request.ProtocolType)
        && request.Protocols.All(p => StoredTexts.Fits(p.Name));

    private void PromiseId(
        GroupTime time, RequestToken token, GroupClient client, JoinGroupRequest request, EffectList effects)
    {
        Exist(time);
        var memberId = NewMemberId(client.ClientId);
        _promisedIds.Add(memberId, time.NowMs + request.SessionTimeoutMs);
        Await(time.NowMs + request.SessionTimeoutMs);
        Answer(token, GroupRefusals.Join(ErrorCode.MemberIdRequired, memberId), effects);
    }

    private void JoinKnown(
        GroupTime time, RequestToken token, GroupClient client, JoinGroupRequest request, EffectList effects)
    {
        if (request.GroupInstanceId is null && _promisedIds.Remove(request.MemberId))
        {
            Admit(time, token, client, request, request.MemberId, effects);
            return;
        }

        var error = Check(request.MemberId, request.GroupInstanceId);
        if (error != ErrorCode.None)
        {
            Answer(token, GroupRefusals.Join(error, request.MemberId), effects);
            return;
        }

        var member = _members[request.MemberId];
        var isUnchanged = member.Offers(request.Protocols);
        var knowsAll = State switch
        {
            GroupState.CompletingRebalance => isUnchanged,
            // A leader that joins again has seen a reason to assign anew.
            GroupState.Stable => isUnchanged && member.MemberId != _leader,
            _ => false,
        };
        if (knowsAll)
        {
            Touch(time, member);
            Answer(token, Joined(member), effects);
            return;
        }

        Update(member, client, request);
        Park(time, token, member, isUnchanged, effects);
    }

    private void Admit(
        GroupTime time,
        RequestToken token,
        GroupClient client,
        JoinGroupRequest request,
        string memberId,
        EffectList effects)
    {
        Exist(time);
        var member = new GroupMember
        {
            MemberId = memberId,
            InstanceId = request.GroupInstanceId,
            ClientId = client.ClientId,
            ClientHost = client.Host,
            SessionTimeoutMs = request.SessionTimeoutMs,
            RebalanceTimeoutMs = request.RebalanceTimeoutMs,
            Protocols = request.Protocols,
            IsNew = true,
        };
        if (_members.Count == 0)
            ProtocolType = request.ProtocolType;
        _members.Add(memberId, member);
        if (request.GroupInstanceId is { } instance)
            _instances.Add(instance, memberId);
        _isJoinedByNew = true;
        Park(time, token, member, isUnchanged: false, effects);
    }

    private void JoinStatic(
        GroupTime time,
        RequestToken token,
        GroupClient client,
        JoinGroupRequest request,
        string instance,
        EffectList effects)
    {
        var memberId = NewMemberId(instance);
        if (!_instances.TryGetValue(instance, out var before))
        {
            Admit(time, token, client, request, memberId, effects);
            return;
        }

        var member = _members[before];
        var leaderBefore = _leader;
        var subscribedBefore = ConsumerProtocol.TryReadTopics(member.MetadataOf(_protocol));
        Release(member, ErrorCode.FencedInstanceId, effects);
        Rename(member, memberId);
        Update(member, client, request);
        if (State != GroupState.Stable || !KeepsAssignment(member, subscribedBefore))
        {
            Park(time, token, member, isUnchanged: false, effects);
            return;
        }

        Touch(time, member);
        Persist(
            new ReplacementWrite(token, memberId, Generation, leaderBefore!, request.SupportsSkippingAssignment),
            [Generated(_stableSinceMs, static m => m.Assignment)],
            effects);
    }

    /// <summary>
    /// A static member that only restarted goes on with what it had; other topics would never be assigned to it.
    /// </summary>
    private bool KeepsAssignment(GroupMember member, ImmutableArray<string>? subscribedBefore)
    {
        if (Vote() != _protocol)
            return false;
        if (ProtocolType != ConsumerProtocol.Type || subscribedBefore is not { } before)
            return true;

        var now = ConsumerProtocol.TryReadTopics(member.MetadataOf(_protocol));
        return now is not null && before.ToHashSet(StringComparer.Ordinal).SetEquals(now);
    }

    private void OnReplaced(GroupTime time, ReplacementWrite write, ErrorCode error, EffectList effects)
    {
        if (error != ErrorCode.None)
        {
            Fail(write, OfMembership(error), effects);
            return;
        }

        if (!_members.TryGetValue(write.MemberId, out var member))
        {
            Fail(write, ErrorCode.FencedInstanceId, effects);
            return;
        }

        if (State != GroupState.Stable || Generation != write.Generation)
        {
            Fail(write, ErrorCode.RebalanceInProgress, effects);
            return;
        }

        Touch(time, member);
        var skips = write.CanSkip && member.MemberId == _leader;
        Answer(
            write.Token,
            Joined(member) with
            {
                // Who cannot skip must not take itself for the leader: it would assign anew.
                LeaderId = write.CanSkip ? _leader! : write.LeaderBefore,
                SkipAssignment = skips,
                Members = skips ? MembersForLeader() : [],
            },
            effects);
    }

    private void Rename(GroupMember member, string memberId)
    {
        if (_leader == member.MemberId)
            _leader = memberId;
        var position = _members.IndexOf(member.MemberId);
        _members.RemoveAt(position);
        member.MemberId = memberId;
        _members.Insert(position, memberId, member);
        _instances[member.InstanceId!] = memberId;
    }

    private static void Update(GroupMember member, GroupClient client, JoinGroupRequest request)
    {
        member.ClientId = client.ClientId;
        member.ClientHost = client.Host;
        member.SessionTimeoutMs = request.SessionTimeoutMs;
        member.RebalanceTimeoutMs = request.RebalanceTimeoutMs;
        member.Protocols = request.Protocols;
    }

    /// <summary>The member's join waits for the next generation, which begins now if it has not.</summary>
    private void Park(GroupTime time, RequestToken token, GroupMember member, bool isUnchanged, EffectList effects)
    {
        var isRepeated = member.HasJoined && isUnchanged;
        // A repeated request takes the place of the one before it, behind which nobody may wait any more.
        Release(member, ErrorCode.RebalanceInProgress, effects);
        member.JoinToken = token;
        member.DeadlineMs = long.MaxValue;
        if (member.IsNew)
        {
            member.DeadlineMs = time.NowMs + _options.NewMemberJoinTimeoutMs;
            Await(member.DeadlineMs);
        }

        if (State != GroupState.PreparingRebalance)
            PrepareRebalance(time, $"{member.MemberId} joins", effects);
        else if (!isRepeated)
            Unseal(time);
        TryCompleteJoin(time, effects);
    }

    private JoinGroupResponse Joined(GroupMember member) => new(
        ErrorCode.None,
        Generation,
        ProtocolType,
        _protocol,
        _leader!,
        SkipAssignment: false,
        member.MemberId,
        member.MemberId == _leader ? MembersForLeader() : []);

    private ImmutableArray<JoinedMember> MembersForLeader() =>
        [.. _members.Values.Select(m => new JoinedMember(m.MemberId, m.InstanceId, m.MetadataOf(_protocol)))];

    private string NewMemberId(string prefix) => $"{Shortened(prefix)}-{_newId():d}";

    /// <summary>What is stored must fit its format, whatever a client calls itself.</summary>
    private static string Shortened(string prefix) => prefix.Length <= 1000 ? prefix : prefix[..1000];

    private void Exist(GroupTime time)
    {
        if (State != GroupState.Dead)
            return;

        State = GroupState.Empty;
        _emptySinceMs = -1;
        ScheduleExpiry(time);
    }
}
