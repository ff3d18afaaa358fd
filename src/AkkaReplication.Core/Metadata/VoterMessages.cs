using AkkaReplication.Effects;

namespace AkkaReplication.Metadata;

/// <summary>Who claims to be the controller: a node in one of its lives.</summary>
/// <param name="Incarnation">Fresh for every life of the node's controller host.</param>
public sealed record Claimant(string Node, Guid Incarnation);

/// <summary>What a voter is (Q8): made when its directory is formatted, never by an ordinary start.</summary>
public sealed record VoterIdentity(string ClusterId, Guid DirectoryId);

/// <summary>The greatest epoch that a voter granted, and to whom. Durable before anybody hears of it (Q1).</summary>
public sealed record VoterPromise(ControllerEpoch Epoch, Claimant? Claimant)
{
    public static readonly VoterPromise None = new(ControllerEpoch.None, null);
}

/// <summary>From that offset on the entries of a metadata log are of that epoch.</summary>
public readonly record struct ControllerEpochStart(ControllerEpoch Epoch, long StartOffset);

/// <summary>A claim of a controller epoch (Q1).</summary>
public sealed record ClaimEpoch(string ClusterId, ControllerEpoch Epoch, Claimant Claimant);

/// <summary>Answer to <see cref="ClaimEpoch"/>.</summary>
/// <param name="PromisedEpoch">What the voter has promised, the granted epoch included.</param>
/// <param name="LastEntryEpoch">Of the voter's log, read after its promise (Q2).</param>
/// <param name="LastOffset">The last offset of the voter's log, or -1.</param>
/// <param name="Reason">Why it is refused; null when granted.</param>
public sealed record ClaimAnswer(
    ControllerEpoch Epoch,
    bool Granted,
    ControllerEpoch PromisedEpoch,
    ControllerEpoch LastEntryEpoch,
    long LastOffset,
    string? Reason);

/// <summary>A batch for the voter's log, and what must stand before it (Q4).</summary>
/// <param name="PrevOffset">The offset before the batch, or -1.</param>
/// <param name="PrevEpoch">The epoch of the entry there.</param>
public sealed record AppendMetadata(
    ControllerEpoch Epoch, Claimant Claimant, long PrevOffset, ControllerEpoch PrevEpoch, MetadataBatch Batch);

/// <summary>Answer to <see cref="AppendMetadata"/>; accepted means flushed.</summary>
/// <param name="LastOffset">Where the batch ends when accepted; else the greatest offset at which the logs may agree.</param>
/// <param name="LastEpoch">The voter's epoch at that offset.</param>
public sealed record AppendMetadataAnswer(
    ControllerEpoch Epoch,
    bool Accepted,
    ControllerEpoch PromisedEpoch,
    long LastOffset,
    ControllerEpoch LastEpoch,
    string? Reason);

/// <summary>Write the promise and flush it.</summary>
public sealed record PersistPromise(VoterPromise Promise) : BarrierEffect;

/// <summary>Cut the log's end so that <paramref name="LastOffset"/> is its last, and flush.</summary>
public sealed record TruncateMetadataLog(long LastOffset) : BarrierEffect;

/// <summary>Append the batch and flush.</summary>
public sealed record AppendMetadataLog(MetadataBatch Batch) : BarrierEffect;

/// <summary>Send the answer to the claimant.</summary>
public sealed record AnswerClaim(ClaimAnswer Answer) : Effect;

/// <summary>Send the answer to the controller that appends.</summary>
public sealed record AnswerAppend(AppendMetadataAnswer Answer) : Effect;
