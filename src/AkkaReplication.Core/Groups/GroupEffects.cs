using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>The request behind the token is answered; exactly once per token.</summary>
public sealed record AnswerGroupRequest(RequestToken Token, ClientResponse Response) : Effect;

/// <summary>
/// Append these as one batch to the group's partition, with acks=all and the leader epoch; ends in exactly one OnPersisted
/// with the number. Batches must reach the log in the order of these effects, and those that succeed must be reported in
/// that order.
/// </summary>
/// <param name="LeaderEpoch">Of the coordinator's partition: a successor's log takes nothing of it.</param>
public sealed record PersistGroupRecords(
    string GroupId, long PersistId, LeaderEpoch LeaderEpoch, ImmutableArray<GroupRecord> Records) : Effect;

/// <summary>Call OnTimer for the group after the delay; replaces the group's timer asked for before.</summary>
public sealed record StartGroupTimer(string GroupId, long DelayMs) : Effect;

/// <summary>Nothing is left of the group, in memory or in the log: its coordinator may be forgotten.</summary>
public sealed record GroupRemoved(string GroupId) : Effect;

/// <summary>Something worth a line in the log; never a basis for decisions.</summary>
public sealed record GroupObserved(string GroupId, GroupState State, int Generation, string Event) : Effect;
