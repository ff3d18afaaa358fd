using AkkaReplication.Logs;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class RegistrationTests
{
    [Fact]
    public void A_brokers_epoch_is_the_offset_of_its_registration_and_it_starts_fenced()
    {
        var c = new ControllerContext();

        var answer = c.Register(4);

        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.Equal(c.Image.Offset, answer.BrokerEpoch.Value);
        Assert.True(c.Broker(4).Fenced);
    }

    [Fact]
    public void The_same_incarnation_keeps_its_epoch()
    {
        var c = new ControllerContext();
        var incarnation = c.NewIncarnation();
        var first = c.Register(4, incarnation: incarnation);
        c.Unfence(4);
        var before = c.Image;

        var again = c.Register(4, incarnation: incarnation, sessionValid: true);

        Assert.Equal(first.BrokerEpoch, again.BrokerEpoch);
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void A_late_copy_of_an_earlier_life_does_not_supersede_those_that_came_after_it()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        var before = c.EpochOf(1);
        var dead = c.NewIncarnation();
        c.Register(1, PreviousLife.Lossy, incarnation: dead, superseded: before);
        c.Register(1, PreviousLife.Intact);
        var image = c.Image;

        var late = c.Register(1, PreviousLife.Lossy, incarnation: dead, superseded: before);

        Assert.Equal((ErrorCode.StaleBrokerEpoch, c.EpochOf(1)), (late.Error, late.BrokerEpoch));
        Assert.Same(image, c.Image);
    }

    [Fact]
    public void A_life_that_does_not_know_yet_whom_it_supersedes_is_told()
    {
        var c = new ControllerContext().Running(1);
        var (known, incarnation) = (c.EpochOf(1), c.NewIncarnation());

        var told = c.Register(1, PreviousLife.Intact, incarnation: incarnation, superseded: BrokerEpoch.Unknown);

        Assert.Equal((ErrorCode.StaleBrokerEpoch, known), (told.Error, told.BrokerEpoch));
        Assert.Contains($"epoch {known}", told.Message);
        Assert.Equal(
            ErrorCode.None, c.Register(1, PreviousLife.Intact, incarnation: incarnation, superseded: told.BrokerEpoch).Error);
    }

    [Fact]
    public void Where_clients_reach_a_broker_is_known_until_its_next_life_says_otherwise()
    {
        var c = new ControllerContext();
        var incarnation = c.NewIncarnation();

        c.Register(4, incarnation: incarnation, endpoints: [new("PLAINTEXT", "::1", 9092), new("TLS", "b4", 9093)]);

        Assert.Equal(["[::1]:9092", "b4:9093"], c.Broker(4).Endpoints.Select(e => e.ToString()));
        Assert.Equal(
            ErrorCode.InvalidRegistration,
            c.Register(4, incarnation: incarnation, endpoints: [new("PLAINTEXT", "::1", 9094)]).Error);
        c.Register(4, endpoints: [new("PLAINTEXT", "::1", 9094)]);
        Assert.Equal(new BrokerEndpoint("PLAINTEXT", "::1", 9094), Assert.Single(c.Broker(4).Endpoints));
    }

    [Theory]
    [InlineData("P", "h", 0)]
    [InlineData("P", "h", 65_536)]
    [InlineData("", "h", 1)]
    [InlineData("P", "", 1)]
    public void An_endpoint_that_nobody_could_reach_is_refused_by_name(string listener, string host, int port)
    {
        var answer = new ControllerContext().Register(4, endpoints: [new(listener, host, port)]);

        Assert.Equal(ErrorCode.InvalidRegistration, answer.Error);
        Assert.Contains($"\"{listener}\" is {host}:{port}", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_that_is_named_twice_and_a_list_that_is_missing_are_refused()
    {
        var c = new ControllerContext();

        Assert.Equal(
            ErrorCode.InvalidRegistration, c.Register(4, endpoints: [new("P", "h", 1), new("P", "h", 2)]).Error);
        Assert.Equal(
            ErrorCode.InvalidRegistration,
            c.Register(4, endpoints: default(System.Collections.Immutable.ImmutableArray<BrokerEndpoint>)).Error);
        Assert.Empty(c.Image.Brokers);
    }

    [Fact]
    public void Another_cluster_is_refused()
    {
        var c = new ControllerContext();

        Assert.Equal(ErrorCode.InconsistentClusterId, c.Register(1, clusterId: "another").Error);
        Assert.Empty(c.Image.Brokers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000001-0000-0000-0000-000000000000,00000001-0000-0000-0000-000000000000")]
    [InlineData("00000000-0000-0000-0000-000000000001")]
    [InlineData("00000003-0009-0009-0000-000000000000")]
    public void Missing_repeated_reserved_and_foreign_directories_are_refused(string dirs)
    {
        var c = new ControllerContext().Running(2);

        var answer = c.Register(1, dirs: [.. dirs.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Guid.Parse)]);

        Assert.Equal(ErrorCode.InvalidRegistration, answer.Error);
        Assert.NotNull(answer.Message);
    }

    [Fact]
    public void A_broker_that_is_alive_is_not_replaced_by_one_with_other_directories()
    {
        var c = new ControllerContext().Running(1);
        var before = c.Image;

        var answer = c.Register(1, dirs: [Guid.Parse("00000077-0000-0000-0000-000000000077")], sessionValid: true);

        Assert.Equal(ErrorCode.DuplicateBrokerRegistration, answer.Error);
        Assert.Same(before, c.Image);
    }

    [Fact]
    public void After_the_fence_another_incarnation_is_accepted_and_the_old_one_is_stale()
    {
        var c = new ControllerContext().Running(1);
        var old = c.EpochOf(1);
        c.Fence(1);

        var answer = c.Register(1, dirs: [Guid.Parse("00000077-0000-0000-0000-000000000077")]);

        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.True(answer.BrokerEpoch > old);
        Assert.Equal(ErrorCode.StaleBrokerEpoch, c.Heartbeat(1, epoch: old).Error);
    }

    [Fact]
    public void The_same_directories_supersede_a_valid_session_at_once_and_fence_it_in_the_same_batch()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);

        var answer = c.Register(0, PreviousLife.Intact, sessionValid: true);

        Assert.Equal(ErrorCode.None, answer.Error);
        c.Partition().Is(leader: 1, isr: [1, 2], leaderEpoch: 1);
        Assert.Equal(2, c.Log[^1].Records.Length);
        Assert.IsType<RegisterBrokerRecord>(c.Log[^1].Records[1]);
        Assert.Equal(c.Image.Offset, answer.BrokerEpoch.Value);
    }

    [Theory]
    [InlineData(PreviousLife.Clean)]
    [InlineData(PreviousLife.Intact)]
    public void A_clean_or_intact_broker_that_was_last_in_sync_leads_again(PreviousLife life)
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);

        c.Register(0, life);
        c.Partition().Is(leader: -1, isr: [], elr: [0], lastKnownElr: []);
        c.Unfence(0);

        c.Partition().Is(leader: 0, isr: [0], recovery: LeaderRecoveryState.Recovered);
    }

    [Fact]
    public void A_lossy_broker_leaves_isr_and_elr_even_where_they_become_empty()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);

        c.RestartLossy(0);

        c.Partition().Is(leader: -1, isr: [], elr: [], lastKnownElr: [0]);
    }

    [Fact]
    public void A_marker_of_an_earlier_life_makes_the_broker_lossy()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);

        c.Register(0, PreviousLife.Clean, previousEpoch: c.EpochOf(0).Value - 1);

        c.Partition().Is(isr: [], elr: [], lastKnownElr: [0]);
    }

    [Fact]
    public void A_broker_without_any_marker_that_says_clean_is_lossy_because_its_disk_is_new()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);

        c.Register(0, PreviousLife.Clean, previousEpoch: -1);

        c.Partition().Is(isr: [], elr: [], lastKnownElr: [0]);
    }

    [Theory]
    [InlineData(PreviousLife.Clean)]
    [InlineData(PreviousLife.Intact)]
    public void A_broker_that_lost_a_directory_is_lossy(PreviousLife life)
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.SetIsr("t", 0);
        c.Fence(0);

        c.Register(0, life, dirs: [Guid.Parse("00000077-0000-0000-0000-000000000077")]);

        c.Partition().Is(isr: [], elr: [], lastKnownElr: [0]);
    }

    [Fact]
    public void A_lossy_broker_comes_back_only_by_a_proposal_with_its_new_epoch()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0, 1, 2]]);
        var old = c.EpochOf(2);
        c.RestartLossy(2);
        c.Unfence(2);
        c.Partition().Is(isr: [0, 1]);

        var p = c.Partition();
        var stale = c.Proposal(p, 0, 1, 2) with
        {
            NewIsr = [new(new(0), c.EpochOf(0)), new(new(1), c.EpochOf(1)), new(new(2), old)],
        };
        Assert.Equal(ErrorCode.IneligibleReplica, c.AlterOne(0, stale).Error);
        Assert.Equal(ErrorCode.None, c.AlterOne(0, c.Proposal(p, 0, 1, 2)).Error);
        c.Partition().Is(isr: [0, 1, 2]);
    }

    [Fact]
    public void Registering_again_ends_a_controlled_shutdown()
    {
        var c = new ControllerContext().Running(0, 1).Topic("t", [[0, 1]]);
        c.Heartbeat(0, wantShutDown: true);
        Assert.True(c.Broker(0).InControlledShutdown);

        c.Register(0);
        c.Unfence(0);

        Assert.True(c.Broker(0).IsActive);
    }
}
