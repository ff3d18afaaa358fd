using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Replicas;

namespace AkkaReplication.Groups;

/// <summary>One member of a group, and the requests of its that wait.</summary>
internal sealed class GroupMember
{
    public required string MemberId { get; set; }

    public required string? InstanceId { get; init; }

    public required string ClientId { get; set; }

    public required string ClientHost { get; set; }

    public required int SessionTimeoutMs { get; set; }

    public required int RebalanceTimeoutMs { get; set; }

    public required ImmutableArray<GroupProtocol> Protocols { get; set; }

    public ReadOnlyMemory<byte> Assignment { get; set; }

    /// <summary>The join that waits for the next generation.</summary>
    public RequestToken? JoinToken { get; set; }

    /// <summary>The sync that waits for the leader's assignment.</summary>
    public RequestToken? SyncToken { get; set; }

    /// <summary>It has never been answered a join.</summary>
    public bool IsNew { get; set; }

    /// <summary>It knows the generation, but has not asked for its assignment yet.</summary>
    public bool OwesSync { get; set; }

    /// <summary>When it is dropped; never while a request of it waits, but for a new member.</summary>
    public long DeadlineMs { get; set; } = long.MaxValue;

    public bool HasJoined => JoinToken is not null;

    /// <summary>What it said under that protocol; empty when it does not offer it.</summary>
    public ReadOnlyMemory<byte> MetadataOf(string? protocol)
    {
        foreach (var offered in Protocols)
        {
            if (offered.Name == protocol)
                return offered.Metadata;
        }

        return default;
    }

    public bool Offers(string protocol)
    {
        foreach (var offered in Protocols)
        {
            if (offered.Name == protocol)
                return true;
        }

        return false;
    }

    public bool Offers(ImmutableArray<GroupProtocol> protocols)
    {
        if (Protocols.Length != protocols.Length)
            return false;

        for (var i = 0; i < protocols.Length; i++)
        {
            if (Protocols[i].Name != protocols[i].Name
                || !Protocols[i].Metadata.Span.SequenceEqual(protocols[i].Metadata.Span))
            {
                return false;
            }
        }

        return true;
    }
}
