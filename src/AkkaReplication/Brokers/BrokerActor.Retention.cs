using Akka.Actor;
using Akka.Event;
using AkkaReplication.Storage;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    private readonly HashSet<int> _deletingSegments = [];
    private readonly HashSet<int> _deletingStrays = [];

    /// <summary>Off every replica's turn: to unlink a large file takes its time.</summary>
    private void StartDeletingSegments()
    {
        var storage = _broker!.Storage;
        foreach (var dir in _broker.LogDirs)
        {
            // A directory whose disk is slow, or hangs, gets no second task.
            if (storage.HasExpiredSegments(dir.Number) && _deletingSegments.Add(dir.Number))
                dir.Reader.Tell(new DeleteSegmentsWork(storage, dir.Number), Self);
        }
    }

    private void StartDeletingStrays()
    {
        foreach (var dir in _broker!.LogDirs)
        {
            if (_deletingStrays.Add(dir.Number))
                dir.Reader.Tell(new DeleteStraysWork(_broker.Storage, dir.Number, _life.Settings.LogStrayRetentionMs), Self);
        }
    }

    private void OnSegmentsDeleted(SegmentsDeleted done)
    {
        _deletingSegments.Remove(done.LogDir);
        Complain(done.LogDir, "expired segments", done.Error);
    }

    private void OnStraysDeleted(StraysDeleted done)
    {
        _deletingStrays.Remove(done.LogDir);
        foreach (var stray in done.Strays)
        {
            _logger.Info(
                "Broker {0} deleted {1}: it had been kept as stray for {2} ms", _life.Broker, stray, _life.Settings.LogStrayRetentionMs);
        }

        Complain(done.LogDir, "strays", done.Error);
    }

    private void Complain(int logDir, string what, string? error)
    {
        // What a life that ends leaves behind, the next one deletes.
        if (error is not null && !_closing)
            _logger.Warning("Log directory {0}: {1} were not deleted: {2}", _life.LogDirs[logDir], what, error);
    }

    private sealed record DeleteSegmentsWork(StorageSession Storage, int LogDir) : LogDirWork
    {
        public override object Run()
        {
            try
            {
                Storage.DeleteExpiredSegments(LogDir);
                return new SegmentsDeleted(LogDir, null);
            }
            catch (Exception e)
            {
                return new SegmentsDeleted(LogDir, e.Message);
            }
        }
    }

    private sealed record DeleteStraysWork(StorageSession Storage, int LogDir, long RetentionMs) : LogDirWork
    {
        public override object Run()
        {
            try
            {
                return new StraysDeleted(LogDir, Storage.DeleteExpiredStrays(LogDir, RetentionMs), null);
            }
            catch (Exception e)
            {
                return new StraysDeleted(LogDir, [], e.Message);
            }
        }
    }

    private sealed record SegmentsDeleted(int LogDir, string? Error) : INoSerializationVerificationNeeded;

    private sealed record StraysDeleted(int LogDir, IReadOnlyList<string> Strays, string? Error)
        : INoSerializationVerificationNeeded;
}
