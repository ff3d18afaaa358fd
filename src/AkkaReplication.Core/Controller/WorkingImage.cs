using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// The image as it will be after the records decided so far. Every further record of the same event is decided on it, never
/// on the image before the event (hazard H7, KAFKA-13173).
/// </summary>
internal sealed class WorkingImage(MetadataImage start)
{
    private readonly ImmutableArray<MetadataRecord>.Builder _records = ImmutableArray.CreateBuilder<MetadataRecord>();

    public MetadataImage Image { get; private set; } = start;

    /// <summary>Where the next record will stand.</summary>
    public long NextOffset => Image.Offset + 1;

    public int Count => _records.Count;

    public void Add(MetadataRecord record)
    {
        Image = Image.Apply(record, NextOffset, Image.Epoch);
        _records.Add(record);
    }

    public Decision Decide(object? reply) => new(_records.ToImmutable(), reply);
}
