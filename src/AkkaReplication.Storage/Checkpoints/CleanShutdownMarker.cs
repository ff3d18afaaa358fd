using System.Text.Json;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Checkpoints;

/// <summary>Kafka's <c>.kafka_cleanshutdown</c>: the last file a clean shutdown writes, the first a start takes away.</summary>
internal static class CleanShutdownMarker
{
    public const string FileName = ".kafka_cleanshutdown";

    public static void Write(IFileSystem files, string directory, BrokerEpoch brokerEpoch) => files.WriteAtomically(
        Path.Combine(directory, FileName), $$"""{"version":0,"brokerEpoch":{{brokerEpoch.Value}}}""");

    /// <summary>The broker epoch that the marker names; null where there is no marker.</summary>
    public static BrokerEpoch? Read(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileName);
        return files.FileExists(path) ? Parse(files.ReadAllBytes(path)) : null;
    }

    /// <summary>Takes the marker away, durably. A crash from here on is an unclean one (KAFKA-10471).</summary>
    public static void Take(IFileSystem files, string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!files.FileExists(path))
            return;

        files.DeleteFile(path);
        files.FlushDirectory(directory);
    }

    /// <summary>An unreadable marker proves nothing: the shutdown counts as unclean.</summary>
    private static BrokerEpoch? Parse(byte[] content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            return new BrokerEpoch(json.RootElement.GetProperty("brokerEpoch").GetInt64());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
