using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

/// <summary>
/// The Akka.Persistence journal over the metadata log: one atomic write is one batch, a sequence number is an offset + 1
/// (P4). Never rejects: a write succeeds or fails, and after a failure the controller's epoch is over.
/// </summary>
public sealed class MetadataJournal : AsyncWriteJournal
{
    /// <summary>Where hocon/reference.conf configures this journal.</summary>
    internal const string PluginId = "akka-replication.metadata-journal";

    // Who wrote an entry matters to the voter that takes it, to nobody afterwards.
    private static readonly Claimant Nobody = new("", Guid.Empty);

    private readonly MetadataLogs _logs = MetadataLogs.Of(Context.System);

    internal static string PersistenceIdOf(string cluster) => $"akkarepl-metadata-{cluster}";

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) =>
        Task.FromResult(_logs.Get(persistenceId).LastOffset + 1);

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        var left = max;
        foreach (var batch in _logs.Get(persistenceId).ReadAll())
        {
            for (var i = 0; i < batch.Records.Length; i++)
            {
                var sequenceNr = batch.BaseOffset + i + 1;
                if (sequenceNr < fromSequenceNr || sequenceNr > toSequenceNr)
                    continue;
                if (left-- <= 0)
                    return Task.CompletedTask;
                var e = new MetadataEvent(batch.Epoch, Nobody, batch.Records[i], i == batch.Records.Length - 1);
                recoveryCallback(new Persistent(
                    e, sequenceNr, persistenceId, manifest: null, isDeleted: false, ActorRefs.NoSender, WriterOf(batch.Epoch)));
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        try
        {
            foreach (var write in messages)
                Append(write);
            return Task.FromResult<IImmutableList<Exception>>(null!);
        }
        catch (Exception e)
        {
            // A failure of the whole write, not a rejection: rejections would leave gaps (P4).
            return Task.FromException<IImmutableList<Exception>>(e);
        }
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) =>
        Task.FromException(new NotSupportedException("The metadata log is not cut by its controller."));

    /// <summary>Every entry of a controller follows one of its own epoch: the no-op came first (Q5).</summary>
    private void Append(AtomicWrite write)
    {
        var events = ((IImmutableList<IPersistentRepresentation>)write.Payload).Select(p => (MetadataEvent)p.Payload).ToArray();
        var epoch = events[0].Epoch;
        var batch = new MetadataBatch(epoch, write.LowestSequenceNr - 1, [.. events.Select(e => e.Record)]);
        var answer = _logs.Get(write.PersistenceId)
            .Append(new AppendMetadata(epoch, events[0].Claimant, batch.BaseOffset - 1, epoch, batch));
        if (!answer.Accepted)
        {
            throw new ReplicationException(
                ErrorCode.StaleControllerEpoch, $"The voter refused metadata offset {batch.BaseOffset}: {answer.Reason}.");
        }
    }

    // The replay filter tells writers apart; in this log an epoch has one writer (I39).
    private static string WriterOf(ControllerEpoch epoch) => $"epoch-{epoch}";
}
