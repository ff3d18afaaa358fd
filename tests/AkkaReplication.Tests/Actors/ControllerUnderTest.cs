using System.Collections.Immutable;
using AkkaReplication.Controller;
using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Tests.Disks;

namespace AkkaReplication.Tests.Actors;

/// <summary>What the controller's actors of one cluster share, over a metadata log in a directory of its own.</summary>
internal sealed class ControllerUnderTest : IDisposable
{
    public const string ClusterId = "ctl-id";
    private static readonly Guid DirectoryId = new(5, 0, 0, new byte[8]);

    private readonly string _root = Directory.CreateTempSubdirectory("akkarepl-actors-").FullName;

    public ControllerUnderTest()
    {
        LogDirectory = Path.Combine(_root, "controller");
        Directory.CreateDirectory(LogDirectory);
        Start = new ControllerStart(
            "ctl",
            ClusterId,
            OpenVoter(),
            new ControllerOptions { MaxElectionsPerTick = 10 },
            new ReplicationSettings(),
            new ClusterState("ctl", ClusterId));
    }

    public FaultyFileSystem Files { get; } = new();

    public string LogDirectory { get; }

    public ControllerStart Start { get; private set; }

    public LocalVoter Voter => Start.Voter;

    public static RegisterBroker Registration(int broker, Guid? incarnation = null) => new(
        ClusterId, new BrokerId(broker), incarnation ?? Guid.NewGuid(), null, [new Guid(broker, 0, 0, new byte[8])], PreviousLife.Clean, BrokerEpoch.Unknown);

    public static BrokerHeartbeat Heartbeat(int broker, BrokerEpoch epoch, long sentAtMs, long metadataOffset = 1000, bool wantFence = false) =>
        new(new BrokerId(broker), epoch, sentAtMs, metadataOffset, wantFence, WantShutDown: false, []);

    public static CreateTopics CreateTopic(long requestId, string name, int broker = 1) => new(
        requestId,
        [new NewTopic(name, -1, -1, [[new BrokerId(broker)]], ImmutableSortedDictionary<string, string>.Empty)],
        ValidateOnly: false);

    /// <summary>An epoch begins: claimed at the voter, its first entry committed.</summary>
    public Claimant BeginEpoch(int epoch)
    {
        var claimant = new Claimant("ctl", Guid.NewGuid());
        var number = new ControllerEpoch(epoch);
        var claimed = Voter.Claim(new ClaimEpoch(ClusterId, number, claimant));
        Assert.True(claimed.Granted, claimed.Reason);
        var batch = new MetadataBatch(number, claimed.LastOffset + 1, [new NoOpRecord(number)]);
        Assert.True(Voter.Append(new AppendMetadata(number, claimant, claimed.LastOffset, claimed.LastEntryEpoch, batch)).Accepted);
        return claimant;
    }

    /// <summary>Somebody else claims, and what the old controller writes from now on is refused.</summary>
    public void Depose(int epoch) =>
        Assert.True(Voter.Claim(new ClaimEpoch(ClusterId, new ControllerEpoch(epoch), new Claimant("other", Guid.NewGuid()))).Granted);

    /// <summary>The process ends and another one opens the same log.</summary>
    public void Reopen()
    {
        Voter.Dispose();
        Start = Start with { Voter = OpenVoter() };
    }

    public void Dispose()
    {
        Files.LetGo(LogDirectory);
        Voter.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private LocalVoter OpenVoter() => LocalVoter.Open(Files, LogDirectory, new VoterIdentity(ClusterId, DirectoryId));
}
