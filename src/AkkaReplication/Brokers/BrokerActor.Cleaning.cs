using Akka.Actor;
using Akka.Event;
using AkkaReplication.Replicas;
using AkkaReplication.Storage;
using AkkaReplication.Storage.Cleaning;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    // Reads for consumers wait no longer behind a step than behind one of their own.
    private const int CleaningStepBytes = 1024 * 1024;

    /// <summary>Off every replica's turn, and one small step at a time: others want to read from the directory, too.</summary>
    private void StartCleaning(int logDir) => _broker!.LogDirs[logDir].Reader.Tell(
        new CleaningWork(_broker.Storage, _broker.Replicas, logDir), Self);

    private void OnCleaningStepDone(long now, CleaningStepDone done)
    {
        if (_closing)
            return;
        if (done.Step.Cleaned is { } cleaned)
        {
            _logger.Info(
                "{0}: compacted from {1} to {2}; {3} bytes became {4}",
                cleaned.Log, cleaned.FromOffset, cleaned.ToOffset, cleaned.BytesBefore, cleaned.BytesAfter);
        }

        if (done.Step.Problem is { } problem)
            _logger.Warning("Log directory {0}: compaction stopped: {1}", _life.LogDirs[done.LogDir], problem);
        _cleaning!.OnStepDone(now, done.LogDir, done.Step.Bytes, done.Step.HasMore, _effects);
    }

    private sealed record CleaningWork(StorageSession Storage, ReplicaDirectory Replicas, int LogDir) : LogDirWork
    {
        public override object Run()
        {
            try
            {
                return new CleaningStepDone(LogDir, Storage.CompactLogs(LogDir, StableEndOf, CleaningStepBytes));
            }
            catch (Exception e)
            {
                return new CleaningStepDone(LogDir, new CleaningStep(0, HasMore: false) { Problem = e.Message });
            }
        }

        /// <summary>Every replica compacts for itself, leading, following or without a leader, as far as it knows what is committed.</summary>
        private StableEnd? StableEndOf(TopicIdPartition partition) =>
            Replicas.TryGet(partition, out var replica) && replica.View is { Role: not ReplicaRole.Offline } view
                ? new StableEnd(view.Log, view.LastStableOffset)
                : null;
    }

    private sealed record CleaningStepDone(int LogDir, CleaningStep Step) : INoSerializationVerificationNeeded;

    private sealed record CleaningDue(int LogDir) : INoSerializationVerificationNeeded;
}
