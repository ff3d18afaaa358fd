using AkkaReplication.Logs;
using AkkaReplication.Records;
using AkkaReplication.Storage;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Simulation.Tests.Gallery;

/// <summary>A simulator so small that its answers are known: run by the tests of the gallery in place of the real one.</summary>
public static class GalleryProbe
{
    /// <summary>In no profile: fails like a run that goes wrong whatever is planted.</summary>
    public const long AlwaysFails = 3;

    private static int _runs;

    public static string? FindViolation(long seed, string profile) => profile switch
    {
        "epochs" => FindWrongEnd(seed),
        "storage" => FindWrongFlushedEnd(),
        "runs" => $"runs: {++_runs}",
        "throws" => throw new InvalidOperationException($"seed {seed}"),
        "loops" => Loop(seed),
        "dies" => Die(seed),
        _ => throw new ArgumentException($"There is no profile '{profile}'.", nameof(profile)),
    };

    /// <summary>Every seed from 5 on asks a log where the epoch before its last one ended.</summary>
    private static string? FindWrongEnd(long seed)
    {
        if (seed == AlwaysFails)
            return "chance: this seed never passes";
        if (seed < 5)
            return null;

        var epochs = new EpochCache();
        epochs.Assign(new LeaderEpoch(1), 0);
        epochs.Assign(new LeaderEpoch(2), 10);
        var end = epochs.EndOffsetFor(new LeaderEpoch(1), 20)!.Value.EndOffset;
        return end == 10 ? null : $"epoch end: {end}, not 10\nand more";
    }

    /// <summary>Cuts a flushed log of the real Storage, over a simulated file system.</summary>
    private static string? FindWrongFlushedEnd()
    {
        var session = StorageSession.Open(new StorageSessionOptions
        {
            Directories = ["/data"],
            ClusterId = "probe",
            NodeId = new BrokerId(1),
            Files = new SimulatedFileSystem(),
            BootId = "boot",
            RecoveryThreads = 1,
        });
        var log = session.GetOrCreateLog(
            new TopicIdPartition(new TopicId(Guid.Parse("d0a0b0c0-0000-4000-8000-000000000001")), 0), "topic", LogSettings.Default);
        for (var i = 0; i < 4; i++)
        {
            var builder = new RecordBatchBuilder();
            builder.TryAppend(1000, default, true, "v"u8, false, null, int.MaxValue);
            var batch = builder.Build();
            BatchHeader.TryRead(batch, out var header);
            log.AppendAsLeader(batch, header, new LeaderEpoch(1), null);
        }

        log.FlushAsync().GetAwaiter().GetResult();
        log.TruncateTo(2);
        var found = log.FlushedEndOffset <= log.LogEndOffset
            ? null
            : $"flushed end: {log.FlushedEndOffset} of {log.LogEndOffset}";
        session.KillAsync().GetAwaiter().GetResult();
        return found;
    }

    private static string? Die(long seed)
    {
        Environment.Exit((int)seed);
        return null;
    }

    private static string? Loop(long seed)
    {
        while (seed != 0)
            seed |= 1;
        return null;
    }
}
