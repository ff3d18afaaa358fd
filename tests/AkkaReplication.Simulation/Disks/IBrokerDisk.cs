using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Simulation.Disks;

/// <summary>
/// The disk of one simulated broker: outlives its processes, and fails as disks do. One life of the broker at a time has a
/// <see cref="IDiskSession"/> on it.
/// </summary>
internal interface IBrokerDisk
{
    /// <summary>Identity of the data directory, as the last session that was opened found it.</summary>
    Guid DirectoryId { get; }

    /// <summary>Begins a life on the disk: recovers the logs and judges how the life before ended (F2).</summary>
    /// <param name="flushBeforeAcknowledging">flush=fsync (D1).</param>
    /// <exception cref="StorageException">The disk refuses: the life cannot begin now.</exception>
    IDiskSession Open(bool flushBeforeAcknowledging);

    /// <summary>
    /// The process is gone at once, whatever it was doing. With <paramref name="powerLoss"/> the machine is, too: of what was
    /// not flushed any part may be missing, torn or whole, and the boot id is another one.
    /// </summary>
    void Crash(bool powerLoss);

    /// <summary>The disk was replaced by an empty one.</summary>
    void Replace();

    /// <summary>The next write of records fails, and with it the log.</summary>
    void FailNextWrite();

    /// <summary>The next flush fails; what was not flushed may be lost at the next power loss, whatever a later flush says.</summary>
    void FailNextFlush();

    /// <summary>A write or a flush that was to fail and was never made does not fail any more.</summary>
    void FailNoMore();

    /// <summary>Flushes take so much longer from now on; 0 ends it.</summary>
    void SlowDown(long flushDelayUs);

    /// <summary>There is no room for records (HasRoomFor says no), until <see cref="MakeRoom"/>.</summary>
    void FillUp();

    void MakeRoom();

    /// <summary>
    /// Flips one bit of a stored batch of that partition, on the medium: a read of it, or the next recovery, meets a bad
    /// checksum. False where there is nothing to damage there.
    /// </summary>
    /// <param name="partition">Whose.</param>
    /// <param name="belowRecoveryPoint">Among what was flushed and checkpointed, or beyond.</param>
    /// <param name="onlyLast">The last batch of those.</param>
    bool FlipBit(TopicIdPartition partition, bool belowRecoveryPoint, bool onlyLast = false);

    /// <summary>Faults that an operation has met, by kind, since the beginning: only these were effective.</summary>
    IReadOnlyDictionary<string, int> EffectiveFaults { get; }
}

/// <summary>One life's use of a disk; after a crash or an end it must not be used.</summary>
internal interface IDiskSession
{
    bool IsFirstLife { get; }

    /// <summary>How the life before ended, for the registration.</summary>
    PreviousLife PreviousLife { get; }

    /// <summary>The epoch of a life that shut down cleanly, else <see cref="BrokerEpoch.Unknown"/>.</summary>
    BrokerEpoch PreviousBrokerEpoch { get; }

    /// <summary>The controller has accepted the registration that stated <see cref="PreviousLife"/>.</summary>
    void RegistrationAccepted();

    /// <summary>The log of a partition; created where there is none.</summary>
    /// <exception cref="StorageException">It is damaged, or the disk failed.</exception>
    IReplicaLog GetOrCreateLog(TopicIdPartition partition, string topic, TopicSettings settings);

    /// <summary>Settings of a partition that has a log have changed.</summary>
    void ApplySettings(TopicIdPartition partition, TopicSettings settings);

    /// <summary>The high watermark that recovery found in the checkpoint.</summary>
    long InitialHighWatermark(TopicIdPartition partition);

    /// <summary>
    /// Flushes what is written to that log now. Calls back later, in virtual time and in an event of its own, with the flushed
    /// end or the error; never after the life has ended.
    /// </summary>
    void Flush(TopicIdPartition partition, Action<long, string?> completed);

    /// <summary>Closes a log so that the next GetOrCreateLog reads it from the disk again (F1).</summary>
    void ReleaseLog(TopicIdPartition partition);

    /// <summary>A flush of that log has failed in this life.</summary>
    bool MayHaveLostData(TopicIdPartition partition);

    /// <summary>For a deletion record only (M2).</summary>
    void DeleteLog(TopicIdPartition partition);

    /// <summary>Sets a log aside; it is kept, but no replica any more (M2).</summary>
    void MarkStray(TopicIdPartition partition);

    /// <summary>Partitions of a topic that have a log here.</summary>
    IReadOnlyList<TopicIdPartition> LogsOf(TopicId topic);

    /// <summary>Writes the checkpoints that a broker writes now and then (high watermarks, recovery points, log starts).</summary>
    /// <exception cref="StorageException">The disk failed.</exception>
    void Checkpoint();

    /// <summary>
    /// What its bookkeeping for the next life says that is not so: more flushed than is, an epoch that was cut, a failed flush that
    /// nobody noticed. Null where all is as it should be.
    /// </summary>
    string? FindUntruth();

    /// <summary>Deletes the files of segments that have left their logs.</summary>
    void DeleteExpiredSegments();

    /// <summary>Ends the life in order: all is flushed, the marker last.</summary>
    void CloseCleanly(BrokerEpoch epoch);
}
