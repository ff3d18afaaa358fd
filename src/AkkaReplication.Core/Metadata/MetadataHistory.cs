using System.Collections.Immutable;
using AkkaReplication.Controller;

namespace AkkaReplication.Metadata;

/// <summary>
/// The committed metadata as brokers fetch it: an image and the batches after it. Holds nothing uncommitted, and names every
/// asker whose history is another one (M1).
/// </summary>
/// <param name="start">Everything before the first batch.</param>
/// <param name="keepRecords">About how many records are kept for those who are behind; older ones are folded into the image.</param>
public sealed class MetadataHistory(MetadataImage start, int keepRecords = 100_000)
{
    private readonly List<MetadataBatch> _batches = [];
    private MetadataImage _start = start;
    private int _records;

    /// <summary>Everything committed.</summary>
    public MetadataImage Image { get; private set; } = start;

    /// <summary>The next committed batch.</summary>
    /// <exception cref="InvalidOperationException">It does not follow.</exception>
    public void Append(MetadataBatch batch)
    {
        Image = Image.Apply(batch);
        _batches.Add(batch);
        _records += batch.Records.Length;
        if (_records > 2 * keepRecords)
            Trim();
    }

    /// <summary>What the asker lacks.</summary>
    /// <param name="current">This controller's epoch.</param>
    /// <param name="maxRecords">At most about so many; a batch goes whole, and at least one goes.</param>
    public FetchMetadataAnswer Answer(FetchMetadata request, ControllerEpoch current, int maxRecords = 5_000)
    {
        if (request.ClusterId != Image.ClusterId)
            return Answer(current, ErrorCode.InconsistentClusterId, diverging: true, []);

        if (request.LastOffset < _start.Offset)
        {
            // Too long ago to be checked in full, but epochs never fall.
            return request.LastEpoch > _start.Epoch
                ? Answer(current, ErrorCode.None, diverging: true, [])
                : Answer(current, ErrorCode.None, diverging: false, From(0, maxRecords)) with { Snapshot = _start.ToSnapshot() };
        }

        var next = IndexAfter(request.LastOffset, request.LastEpoch);
        return next < 0
            ? Answer(current, ErrorCode.None, diverging: true, [])
            : Answer(current, ErrorCode.None, diverging: false, From(next, maxRecords));
    }

    private FetchMetadataAnswer Answer(
        ControllerEpoch current, ErrorCode error, bool diverging, ImmutableArray<MetadataBatch> batches) =>
        new(Image.ClusterId, current, error, diverging, Image.Offset, batches);

    /// <summary>The batch that follows (offset, epoch); -1 where no batch of that epoch ends there.</summary>
    private int IndexAfter(long offset, ControllerEpoch epoch)
    {
        if (offset == _start.Offset)
            return epoch == _start.Epoch ? 0 : -1;

        var (low, high) = (0, _batches.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var batch = _batches[middle];
            if (batch.LastOffset == offset)
                return batch.Epoch == epoch ? middle + 1 : -1;
            if (batch.LastOffset < offset)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    private ImmutableArray<MetadataBatch> From(int index, int maxRecords)
    {
        var batches = ImmutableArray.CreateBuilder<MetadataBatch>();
        var records = 0;
        for (; index < _batches.Count && (batches.Count == 0 || records + _batches[index].Records.Length <= maxRecords); index++)
        {
            batches.Add(_batches[index]);
            records += _batches[index].Records.Length;
        }

        return batches.ToImmutable();
    }

    private void Trim()
    {
        var count = 0;
        while (_records > keepRecords)
        {
            _start = _start.Apply(_batches[count]);
            _records -= _batches[count].Records.Length;
            count++;
        }

        _batches.RemoveRange(0, count);
    }
}
