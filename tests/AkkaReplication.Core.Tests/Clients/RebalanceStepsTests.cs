using System.Collections.Immutable;
using AkkaReplication.Clients;

namespace AkkaReplication.Core.Tests.Clients;

public class RebalanceStepsTests
{
    private static readonly TopicPartition A = new("t", 0);
    private static readonly TopicPartition B = new("t", 1);

    private readonly RebalanceSteps _steps = new();

    [Fact]
    public void What_comes_and_goes_is_told_in_order()
    {
        Assign(A, B);
        _steps.Add(new PartitionsRevoked([B], 7));

        // B was gone before anybody heard of it; but somebody has to say that its revocation is done with.
        AssertNext(RebalanceStepKind.Assigned, 0, A);
        AssertNext(RebalanceStepKind.Revoked, 7);
        Assert.Null(_steps.TryTake());
        Assert.Equal([A], _steps.Told.ToArray());
    }

    [Fact]
    public void What_was_told_is_revoked()
    {
        Tell(A, B);
        _steps.Add(new PartitionsRevoked([A, B], 1));
        AssertNext(RebalanceStepKind.Revoked, 1, A, B);
        Assert.Empty(_steps.Told);
    }

    [Fact]
    public void What_is_lost_before_it_was_let_go_is_told_as_lost()
    {
        Tell(A, B);
        _steps.Add(new PartitionsRevoked([A], 1));
        _steps.Add(new PartitionsLost([A, B]));
        AssertNext(RebalanceStepKind.Revoked, 1);
        AssertNext(RebalanceStepKind.Lost, 0, A, B);
        Assert.True(_steps.IsEmpty);
    }

    [Fact]
    public void What_is_being_let_go_is_not_told_as_lost_too()
    {
        Tell(A);
        _steps.Add(new PartitionsRevoked([A], 1));
        _steps.TryTake();
        _steps.Add(new PartitionsLost([A]));
        Assert.True(_steps.IsEmpty);
    }

    [Fact]
    public void What_is_lost_and_comes_again_is_told_so_and_goes_unheard_if_it_goes_again()
    {
        Tell(A);
        _steps.Add(new PartitionsLost([A]));
        Assign(A);
        _steps.Add(new PartitionsRevoked([A], 2));
        AssertNext(RebalanceStepKind.Lost, 0, A);
        AssertNext(RebalanceStepKind.Revoked, 2);
        Assert.True(_steps.IsEmpty);
    }

    private void Tell(params ImmutableArray<TopicPartition> partitions)
    {
        Assign(partitions);
        AssertNext(RebalanceStepKind.Assigned, 0, partitions);
    }

    private void Assign(params ImmutableArray<TopicPartition> partitions) =>
        _steps.Add(new PartitionsAssigned(1, partitions, partitions));

    private void AssertNext(RebalanceStepKind kind, long round, params ImmutableArray<TopicPartition> partitions)
    {
        var step = _steps.TryTake();
        Assert.NotNull(step);
        Assert.Equal((kind, round), (step.Kind, step.Round));
        Assert.Equal(partitions.ToArray(), step.Partitions.ToArray());
    }
}
