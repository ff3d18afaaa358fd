using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Tests.Actors;

/// <summary>The journal plugin as any persistent actor sees it (P4).</summary>
public sealed class MetadataJournalTests : ActorTest, IDisposable
{
    private static readonly string PersistenceId = MetadataJournal.PersistenceIdOf("ctl");
    private readonly ControllerUnderTest _cluster = new();
    private readonly TestProbe _writer;
    private readonly Claimant _claimant;
    private readonly IActorRef _journal;

    public MetadataJournalTests()
    {
        _writer = CreateTestProbe("writer");
        _claimant = _cluster.BeginEpoch(1);
        MetadataLogs.Of(Sys).Add(PersistenceId, _cluster.Voter);
        _journal = Persistence.Instance.Apply(Sys).JournalFor(MetadataJournal.PluginId);
    }

    [Fact]
    public void A_batch_is_one_entry_and_sequence_numbers_are_offsets_plus_one()
    {
        Write(2, new MetadataVersionRecord(1), new NoOpRecord(new ControllerEpoch(1)));
        _writer.ExpectMsg<WriteMessagesSuccessful>();
        Assert.Equal([2L, 3L], new[] { Written(), Written() });
        Assert.Equal(2, _cluster.Voter.LastOffset);

        Replay(1, long.MaxValue);

        Assert.Equal([1L, 2L, 3L], new[] { Replayed(), Replayed(), Replayed() });
        Assert.Equal(3, _writer.ExpectMsg<RecoverySuccess>().HighestSequenceNr);
    }

    [Fact]
    public void A_replay_gives_what_was_asked_for_and_no_more()
    {
        Write(2, new NoOpRecord(new ControllerEpoch(1)), new NoOpRecord(new ControllerEpoch(1)));
        _writer.ReceiveN(3, Patience);
        Replay(2, 2);
        Assert.Equal(2, Replayed());
        _writer.ExpectMsg<RecoverySuccess>();

        Replay(1, long.MaxValue, max: 1);
        Assert.Equal(1, Replayed());
        _writer.ExpectMsg<RecoverySuccess>();
    }

    [Fact]
    public void A_write_with_a_gap_or_of_an_epoch_that_is_over_fails_as_a_whole_and_is_never_rejected()
    {
        Write(9, new NoOpRecord(new ControllerEpoch(1)));
        Assert.IsType<ReplicationException>(_writer.ExpectMsg<WriteMessagesFailed>().Cause.GetBaseException());
        _writer.ExpectMsg<WriteMessageFailure>();

        _cluster.Depose(2);
        Write(2, new NoOpRecord(new ControllerEpoch(1)));
        var refused = Assert.IsType<ReplicationException>(_writer.ExpectMsg<WriteMessagesFailed>().Cause.GetBaseException());
        Assert.Equal(ErrorCode.StaleControllerEpoch, refused.Error);
        _writer.ExpectMsg<WriteMessageFailure>();
        Assert.Equal(0, _cluster.Voter.LastOffset);
    }

    [Fact]
    public void A_log_that_nobody_has_opened_fails_and_the_others_go_on()
    {
        Write(1, "akkarepl-metadata-unknown", new NoOpRecord(new ControllerEpoch(1)));
        _writer.ExpectMsg<WriteMessagesFailed>();
        _writer.ExpectMsg<WriteMessageFailure>();

        Write(2, new NoOpRecord(new ControllerEpoch(1)));
        _writer.ExpectMsg<WriteMessagesSuccessful>();
    }

    [Fact]
    public void Its_controller_cannot_cut_it()
    {
        _journal.Tell(new DeleteMessagesTo(PersistenceId, 1, _writer.Ref), _writer.Ref);
        _writer.ExpectMsg<DeleteMessagesFailure>();
        Assert.Equal(0, _cluster.Voter.LastOffset);
    }

    [Fact]
    public void A_name_is_open_once()
    {
        var logs = MetadataLogs.Of(Sys);
        Assert.Throws<InvalidOperationException>(() => logs.Add(PersistenceId, _cluster.Voter));
        logs.Remove(PersistenceId);
        logs.Add(PersistenceId, _cluster.Voter);
    }

    void IDisposable.Dispose()
    {
        Dispose();
        _cluster.Dispose();
    }

    private void Write(long sequenceNr, params MetadataRecord[] records) => Write(sequenceNr, PersistenceId, records);

    private void Write(long sequenceNr, string persistenceId, params MetadataRecord[] records)
    {
        var events = records.Select((record, i) => (IPersistentRepresentation)new Persistent(
            new MetadataEvent(new ControllerEpoch(1), _claimant, record, i == records.Length - 1),
            sequenceNr + i,
            persistenceId,
            manifest: null,
            isDeleted: false,
            ActorRefs.NoSender,
            writerGuid: "test"));
        _journal.Tell(new WriteMessages([new AtomicWrite(events.ToImmutableList())], _writer.Ref, 1), _writer.Ref);
    }

    private void Replay(long from, long to, long max = long.MaxValue) =>
        _journal.Tell(new ReplayMessages(from, to, max, PersistenceId, _writer.Ref), _writer.Ref);

    private long Written() => _writer.ExpectMsg<WriteMessageSuccess>().Persistent.SequenceNr;

    private long Replayed() => _writer.ExpectMsg<ReplayedMessage>().Persistent.SequenceNr;
}
