using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Simulation.Time;
using AkkaReplication.Storage;

namespace AkkaReplication.Simulation.Disks.RealStorage;

/// <summary>
/// One life's <see cref="StorageSession"/>. What the storage does elsewhere and later happens in events; nothing is awaited:
/// in one thread every operation is complete when its call returns.
/// </summary>
internal sealed class StorageDiskSession : IDiskSession
{
    private readonly StorageDisk _disk;
    private readonly VirtualTime _time;
    private readonly List<(Task<long> Flush, Action<long, string?> Completed)> _flushes = [];
    private StorageSession? _session;

    public StorageDiskSession(StorageDisk disk, VirtualTime time, Func<long> flushDelayUs)
    {
        _disk = disk;
        _time = time;
        Scheduler = new VirtualScheduler(time, flushDelayUs, TellOfFlushes);
    }

    public VirtualScheduler Scheduler { get; }

    public bool HasEnded { get; private set; }

    public Guid DirectoryId => Session.DirectoryIds[0];

    public bool IsFirstLife => Session.IsFirstLife;

    public PreviousLife PreviousLife => Session.PreviousLife;

    public BrokerEpoch PreviousBrokerEpoch => Session.PreviousBrokerEpoch;

    public StorageSession Session => _session ?? throw new InvalidOperationException("The session is not open.");

    public void Open(StorageSessionOptions options) => _session = StorageSession.Open(options);

    public void RegistrationAccepted() => Live().RegistrationAccepted();

    public IReplicaLog GetOrCreateLog(TopicIdPartition partition, string topic, TopicSettings settings)
    {
        var log = Live().GetOrCreateLog(partition, topic, LogSettings.Of(settings));
        _disk.NoteDirectory(partition, log.Directory);
        return log;
    }

    public void ApplySettings(TopicIdPartition partition, TopicSettings settings)
    {
        if (Live().FindLog(partition) is { } log)
            log.Settings = LogSettings.Of(settings);
    }

    public long InitialHighWatermark(TopicIdPartition partition) => Live().FindLog(partition)?.InitialHighWatermark ?? 0;

    public void Flush(TopicIdPartition partition, Action<long, string?> completed)
    {
        if (Live().FindLog(partition) is { } log)
            _flushes.Add((Session.FlushAsync(log), completed));
        else
            Later(() => completed(-1, $"{partition}: the log is closed."));
    }

    public void ReleaseLog(TopicIdPartition partition) => Live().ReleaseLog(partition);

    public bool MayHaveLostData(TopicIdPartition partition) => Live().FindLog(partition) is { MayHaveLostData: true };

    public void DeleteLog(TopicIdPartition partition) => Live().DeleteLog(partition);

    public void MarkStray(TopicIdPartition partition) => Live().MarkStray(partition);

    public IReadOnlyList<TopicIdPartition> LogsOf(TopicId topic) => [.. Live().LogsOf(topic).Order()];

    public void Checkpoint()
    {
        Live().CheckpointHighWatermarks();
        Session.CheckpointOffsets();
    }

    public string? FindUntruth() => HasEnded ? null : _disk.FindUntruth(Session);

    public void DeleteExpiredSegments() => Live().DeleteExpiredSegments(0);

    public void CloseCleanly(BrokerEpoch epoch)
    {
        RequireCompleted(Live().CloseCleanlyAsync(epoch));
        End();
    }

    /// <summary>The life is over; nothing of it happens any more.</summary>
    public void End()
    {
        if (HasEnded)
            return;

        HasEnded = true;
        Scheduler.End();
        _flushes.Clear();
        // Flushes and writes nothing: who still holds a log of this life cannot reach the files of the next.
        RequireCompleted(Session.KillAsync());
    }

    private static void RequireCompleted(Task closing)
    {
        if (!closing.IsCompleted)
            throw new InvalidOperationException("The end of a life waits for an operation, though there is one thread only.");
        closing.GetAwaiter().GetResult();
    }

    private StorageSession Live() => HasEnded ? throw new StorageException("The storage session is closed.") : Session;

    /// <summary>In the order in which they were asked for.</summary>
    private void TellOfFlushes()
    {
        foreach (var (flush, completed) in _flushes)
        {
            if (!flush.IsCompleted)
                continue;
            if (flush.IsCompletedSuccessfully)
                Later(() => completed(flush.Result, null));
            else
                Later(() => completed(-1, flush.Exception!.GetBaseException().Message));
        }

        _flushes.RemoveAll(flush => flush.Flush.IsCompleted);
    }

    private void Later(Action action) => _time.After(0, () =>
    {
        if (!HasEnded)
            action();
    });
}
