using System.Globalization;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// Owns the files of a local snapshot store, named <c>snapshot-ID-SEQUENCENR-TICKS</c> with the id escaped. A file with
/// such a name is whole.
/// </summary>
internal sealed class SnapshotDirectory
{
    private const string Prefix = "snapshot-";
    private const string UnfinishedSuffix = ".tmp";

    private readonly string _path;

    public SnapshotDirectory(string path)
    {
        _path = Path.GetFullPath(path);
    }

    public void Create() => Directory.CreateDirectory(_path);

    public IEnumerable<SnapshotMetadata> Find(string persistenceId, SnapshotSelectionCriteria criteria) =>
        Of(persistenceId).Where(criteria.IsMatch);

    public byte[] Read(SnapshotMetadata metadata) => File.ReadAllBytes(FileOf(metadata));

    public void Write(SnapshotMetadata metadata, byte[] bytes)
    {
        Create();
        var path = FileOf(metadata);
        using (var file = new FileStream(path + UnfinishedSuffix, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + UnfinishedSuffix, path, overwrite: true);
    }

    /// <summary>Deletes the snapshot, also when it is unfinished; without a time, all of the sequence number.</summary>
    public void Delete(SnapshotMetadata metadata)
    {
        if (metadata.Timestamp != SnapshotMetadata.TimestampNotSpecified)
        {
            File.Delete(FileOf(metadata));
            File.Delete(FileOf(metadata) + UnfinishedSuffix);
            return;
        }

        foreach (var found in Of(metadata.PersistenceId).Where(f => f.SequenceNr == metadata.SequenceNr).ToArray())
        {
            Delete(found);
        }
    }

    private IEnumerable<SnapshotMetadata> Of(string persistenceId)
    {
        // The id is compared and not left to the pattern, in which it could match more than itself.
        var prefix = Prefix + Uri.EscapeDataString(persistenceId) + "-";
        if (!Directory.Exists(_path))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFiles(_path, Prefix + "*"))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith(prefix, StringComparison.Ordinal)
                && name[prefix.Length..].Split('-') is [var sequenceNr, var ticks]
                && long.TryParse(sequenceNr, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var time))
            {
                yield return new SnapshotMetadata(persistenceId, number, new DateTime(time, DateTimeKind.Utc));
            }
        }
    }

    private string FileOf(SnapshotMetadata metadata) => Path.Combine(_path, string.Create(
        CultureInfo.InvariantCulture,
        $"{Prefix}{Uri.EscapeDataString(metadata.PersistenceId)}-{metadata.SequenceNr}-{metadata.Timestamp.Ticks}"));
}
