using Akka.Actor;
using Akka.Persistence;

namespace Akka.Conformance.Persisting;

public abstract class SnapshotSpec(string hocon) : PersistenceSpec(hocon)
{
    [Fact]
    public async Task The_latest_snapshot_is_offered()
    {
        var id = NewId();
        var actor = Sys.ActorOf(Props.Create(() => new Saving(TestActor, id)));
        await ExpectTrace("RC");
        foreach (var number in new[] { 1, 2, 3 }) await Save(actor, number);
        await StopAndAwait(actor);
        Sys.ActorOf(Props.Create(() => new Saving(TestActor, id)));
        await ExpectTrace("offer 3@3", "RC");
    }

    [Fact]
    public async Task A_snapshot_can_be_deleted()
    {
        var id = NewId();
        var actor = Sys.ActorOf(Props.Create(() => new Saving(TestActor, id)));
        await ExpectTrace("RC");
        foreach (var number in new[] { 1, 2, 3 }) await Save(actor, number);
        actor.Tell(new Run(saving => saving.DeleteSnapshot(3)));
        await ExpectMsgAsync<DeleteSnapshotSuccess>(deleted => deleted.Metadata.SequenceNr == 3, Eventually);
        actor.Tell(new Run(saving => saving.DeleteSnapshots(new SnapshotSelectionCriteria(1))));
        await ExpectMsgAsync<DeleteSnapshotsSuccess>(deleted => deleted.Criteria.MaxSequenceNr == 1, Eventually);
        await StopAndAwait(actor);
        Sys.ActorOf(Props.Create(() => new Saving(TestActor, id)));
        await ExpectTrace("offer 2@2", "RC");
    }

    private async Task Save(IActorRef actor, int number)
    {
        actor.Tell(number);
        await ExpectMsgAsync<SaveSnapshotSuccess>(saved => saved.Metadata.SequenceNr == number, Eventually);
    }

    private sealed record Run(Action<Saving> Action);

    private sealed class Saving : ReceivePersistentActor
    {
        public Saving(IActorRef probe, string id)
        {
            PersistenceId = id;
            Recover<SnapshotOffer>(offer => probe.Tell($"offer {offer.Snapshot}@{offer.Metadata.SequenceNr}"));
            Recover<RecoveryCompleted>(_ => probe.Tell("RC"));
            Command<int>(number => Persist(number, stored => SaveSnapshot($"{stored}")));
            Command<Run>(run => run.Action(this));
            CommandAny(message => probe.Tell(message));
        }

        public override string PersistenceId { get; }
    }
}

public sealed class InMemorySnapshotSpec() : SnapshotSpec("");

public sealed class LocalSnapshotSpec : SnapshotSpec
{
    private readonly string _directory;

    public LocalSnapshotSpec() : this(Path.Combine(Path.GetTempPath(), $"snapshots-{Guid.NewGuid():N}"))
    {
    }

    private LocalSnapshotSpec(string directory) : base($$"""
        akka.persistence.snapshot-store {
          plugin = "akka.persistence.snapshot-store.local"
          local.dir = "{{directory.Replace("\\", "/", StringComparison.Ordinal)}}"
        }
        """) => _directory = directory;

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }
}
