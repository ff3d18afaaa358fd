using System.Collections.Immutable;

namespace AkkaReplication.Groups;

/// <summary>What a consumer tells its group's leader.</summary>
/// <param name="UserData">Whatever the assignor wants; null for none.</param>
/// <param name="OwnedPartitions">What it holds while it joins (KIP-429).</param>
/// <param name="Generation">Of <paramref name="OwnedPartitions"/>; -1 where it does not say.</param>
/// <param name="RackId">Where it runs; null where it does not say.</param>
public sealed record ConsumerSubscription(
    ImmutableArray<string> Topics,
    ReadOnlyMemory<byte>? UserData,
    ImmutableArray<TopicPartition> OwnedPartitions,
    int Generation,
    string? RackId);
