using AkkaReplication.Controller;
using AkkaReplication.Metadata;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Tests.Controller;

public sealed class LocalVoterTests : IDisposable
{
    private const string Cluster = "cluster";
    private static readonly VoterIdentity Identity = new(Cluster, Guid.NewGuid());
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-voter-").FullName;

    private string LogPath => Path.Combine(_directory, "__cluster_metadata-0", "00000000000000000000.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void What_was_accepted_is_there_after_a_restart()
    {
        var me = NewClaimant();
        using (var voter = Open())
        {
            Assert.True(Claim(voter, 1, me).Granted);
            Assert.True(Append(voter, 1, me, -1, ControllerEpoch.None).Accepted);
            Assert.True(Append(voter, 1, me, 0, new ControllerEpoch(1)).Accepted);
        }

        using var again = Open();
        Assert.Equal(1, again.LastOffset);
        Assert.Equal([0L, 1L], again.ReadAll().Select(b => b.BaseOffset));
    }

    [Fact]
    public void A_claim_fences_every_earlier_controller_even_after_a_restart()
    {
        var (old, fresh) = (NewClaimant(), NewClaimant());
        using (var voter = Open())
        {
            Claim(voter, 1, old);
            Append(voter, 1, old, -1, ControllerEpoch.None);
            Assert.True(Claim(voter, 2, fresh).Granted);
            Assert.False(Append(voter, 1, old, 0, new ControllerEpoch(1)).Accepted);
        }

        using var again = Open();
        Assert.False(Append(again, 1, old, 0, new ControllerEpoch(1)).Accepted);
        Assert.False(Claim(again, 2, old).Granted);
        Assert.Equal(0, again.LastOffset);
    }

    [Fact]
    public void Every_torn_tail_is_cut_and_what_was_flushed_before_stays()
    {
        var me = NewClaimant();
        using (var voter = Open())
        {
            Claim(voter, 1, me);
            Append(voter, 1, me, -1, ControllerEpoch.None);
        }

        Open().Dispose();
        var whole = new FileInfo(LogPath).Length;
        using (var voter = Open())
            Append(voter, 1, me, 0, new ControllerEpoch(1));
        var bytes = File.ReadAllBytes(LogPath);
        for (var length = whole; length < bytes.Length; length++)
        {
            File.WriteAllBytes(LogPath, bytes[..(int)length]);
            using var torn = Open();
            Assert.Equal(0, torn.LastOffset);
            Assert.Equal(whole, new FileInfo(LogPath).Length);
        }
    }

    [Fact]
    public void Damage_to_what_had_been_flushed_is_refused_and_left_as_it_is()
    {
        var me = NewClaimant();
        using (var voter = Open())
        {
            Claim(voter, 1, me);
            Append(voter, 1, me, -1, ControllerEpoch.None);
        }

        Open().Dispose();
        var bytes = File.ReadAllBytes(LogPath);
        bytes[^1] ^= 1;
        File.WriteAllBytes(LogPath, bytes);

        var refused = Assert.Throws<ReplicationException>(() => Open());
        Assert.Equal(ErrorCode.KafkaStorageError, refused.Error);
        Assert.Equal(bytes, File.ReadAllBytes(LogPath));
    }

    private static Claimant NewClaimant() => new("node", Guid.NewGuid());

    private static ClaimAnswer Claim(LocalVoter voter, int epoch, Claimant claimant) =>
        voter.Claim(new ClaimEpoch(Cluster, new ControllerEpoch(epoch), claimant));

    private static AppendMetadataAnswer Append(
        LocalVoter voter, int epoch, Claimant claimant, long prevOffset, ControllerEpoch prevEpoch)
    {
        var own = new ControllerEpoch(epoch);
        var batch = new MetadataBatch(own, prevOffset + 1, [new NoOpRecord(own)]);
        return voter.Append(new AppendMetadata(own, claimant, prevOffset, prevEpoch, batch));
    }

    private LocalVoter Open() => LocalVoter.Open(PhysicalFileSystem.Instance, _directory, Identity);
}
