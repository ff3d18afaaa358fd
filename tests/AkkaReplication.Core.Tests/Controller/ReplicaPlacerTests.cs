using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Controller;

public sealed class ReplicaPlacerTests
{
    [Fact]
    public void Leaders_and_replicas_are_spread_evenly()
    {
        var image = Cluster([(0, null), (1, null), (2, null), (3, null), (4, null)]);

        var (assignments, problem) = ReplicaPlacer.Place(image, partitions: 60, replicationFactor: 3, startIndex: 7);

        Assert.Null(problem);
        Assert.All(assignments.GroupBy(a => a[0]), g => Assert.Equal(12, g.Count()));
        Assert.All(assignments.SelectMany(a => a).GroupBy(b => b), g => Assert.Equal(36, g.Count()));
        Assert.All(assignments, a => Assert.Equal(3, a.Distinct().Count()));
        Assert.Equal(5 * 4 * 3 / 6, assignments.Select(a => string.Join(",", a.Order())).Distinct().Count());
    }

    [Fact]
    public void Every_partition_spans_as_many_racks_as_there_are()
    {
        var image = Cluster([(0, "a"), (1, "a"), (2, "b"), (3, "b"), (4, "c"), (5, "c")]);

        var (assignments, _) = ReplicaPlacer.Place(image, 30, 3, 0);

        Assert.All(assignments, a => Assert.Equal(3, a.Select(b => b.Value / 2).Distinct().Count()));
        Assert.All(assignments.GroupBy(a => a[0]), g => Assert.Equal(5, g.Count()));
    }

    [Fact]
    public void A_fenced_broker_is_never_first_and_is_taken_last()
    {
        var image = Cluster([(0, null), (1, null), (2, null)], fenced: [1]);

        Assert.All(ReplicaPlacer.Place(image, 10, 2, 0).Assignments, a => Assert.DoesNotContain(new BrokerId(1), a));
        Assert.All(ReplicaPlacer.Place(image, 10, 3, 0).Assignments, a => Assert.Equal(new BrokerId(1), a[2]));
    }

    [Fact]
    public void A_broker_that_shuts_down_gets_nothing()
    {
        var c = new ControllerContext().Running(0, 1, 2).Topic("t", [[0]]);
        c.Heartbeat(0, wantShutDown: true);

        Assert.All(
            ReplicaPlacer.Place(c.Image, 10, 2, 0).Assignments, a => Assert.DoesNotContain(new BrokerId(0), a));
        Assert.NotNull(ReplicaPlacer.Place(c.Image, 10, 3, 0).Problem);
    }

    [Fact]
    public void The_next_topic_goes_on_where_the_last_one_ended()
    {
        var c = new ControllerContext().Running(0, 1, 2);
        for (var i = 0; i < 9; i++)
            c.Create(new NewTopic($"t{i}", 1, 1, [], ControllerContext.Configs()));

        Assert.All(c.Image.Partitions.GroupBy(p => p.Leader), g => Assert.Equal(3, g.Count()));
    }

    private static MetadataImage Cluster((int Id, string? Rack)[] brokers, int[]? fenced = null)
    {
        var c = new ControllerContext();
        foreach (var (id, rack) in brokers)
        {
            c.Register(id, rack: rack);
            if (fenced?.Contains(id) != true)
                c.Unfence(id);
        }

        return c.Image;
    }
}
