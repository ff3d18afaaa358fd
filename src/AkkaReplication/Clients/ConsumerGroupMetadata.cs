namespace AkkaReplication;

/// <summary>A consumer as a member of its group (Kafka's ConsumerGroupMetadata).</summary>
/// <param name="GenerationId">-1 while it is in none.</param>
/// <param name="MemberId">Empty while the coordinator knows no such member.</param>
/// <param name="GroupInstanceId">Of a static member, else null.</param>
public sealed record ConsumerGroupMetadata(
    string GroupId, int GenerationId, string MemberId, string? GroupInstanceId);
