using System.Text.Json;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>
/// What a start leaves for the next one to judge this life by (F2), one per data directory. A verdict that no controller has
/// accepted yet is carried on: a start that cut a log and was killed before it registered must not look intact to the next.
/// </summary>
/// <param name="BootId">The operating system's boot, null where it is not known.</param>
/// <param name="FlushedBeforeAcknowledging">In this life every append is flushed before it is acknowledged or advertised.</param>
/// <param name="Unregistered">The worst verdict that has not been registered yet; Clean when there is none.</param>
/// <param name="Directories">Identities of all data directories of this life.</param>
internal sealed record LifeRecord(
    string? BootId, bool FlushedBeforeAcknowledging, PreviousLife Unregistered, IReadOnlyList<Guid> Directories)
{
    public const string FileName = ".akkarepl_life";

    /// <summary>The record of the previous start; null where there is none that can be read.</summary>
    public static LifeRecord? Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!files.FileExists(path))
            return null;

        try
        {
            return JsonSerializer.Deserialize<LifeRecord>(files.ReadAllBytes(path));
        }
        catch (JsonException)
        {
            // Judged as if the machine had crashed: the safe side.
            return null;
        }
    }

    public void Write(IFileSystem files, string directory) =>
        files.WriteAtomically(Path.Combine(directory, FileName), JsonSerializer.SerializeToUtf8Bytes(this));
}
