namespace AkkaReplication.Links;

/// <summary>What both ends of a link need to know.</summary>
/// <param name="ClusterId">Ours; another one's messages are refused (S1).</param>
/// <param name="Self">The broker on this end.</param>
/// <param name="Peer">The broker on the other end.</param>
/// <param name="MaxWaitMs">
/// replica.fetch.wait.max.ms: how long a leader holds a request that it has nothing for. 1 or more.
/// </param>
/// <param name="MaxBytes">replica.fetch.response.max.bytes: of one answer; one batch may exceed it.</param>
/// <param name="PartitionMaxBytes">
/// replica.fetch.max.bytes: of one partition in one answer; one batch may exceed it.
/// </param>
public sealed record LinkOptions(
    string ClusterId, BrokerId Self, BrokerId Peer, int MaxWaitMs, int MaxBytes, int PartitionMaxBytes);
