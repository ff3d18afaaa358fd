using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>
/// The cluster's metadata at one offset, written as the fewest records that lead to it. Holds committed state only (Q12).
/// </summary>
/// <param name="Offset">The last offset that is part of it.</param>
/// <param name="Epoch">Controller epoch of the record at <paramref name="Offset"/>.</param>
public sealed record MetadataSnapshot(
    string ClusterId, long Offset, ControllerEpoch Epoch, ImmutableArray<MetadataRecord> Records);
