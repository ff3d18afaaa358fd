using System.Collections.Immutable;

namespace AkkaReplication.Clients;

/// <summary>What happens to partitions of a member.</summary>
public enum RebalanceStepKind : byte
{
    Assigned,
    Revoked,
    Lost,
}

/// <summary>What the caller has to be told of a rebalance.</summary>
/// <param name="Partitions">None where there is nothing to tell, but a revocation to be done with.</param>
/// <param name="Round">Of a revocation; 0 of others.</param>
public sealed record RebalanceStep(RebalanceStepKind Kind, ImmutableArray<TopicPartition> Partitions, long Round);

/// <summary>
/// What the caller has not been told yet of its membership, in order. Whatever happens in the meantime, he hears of each
/// partition by turns that it came and that it went: what he has never heard of is not taken from him.
/// </summary>
public sealed class RebalanceSteps
{
    private readonly List<RebalanceStep> _steps = [];
    private readonly SortedSet<TopicPartition> _told = [];

    public bool IsEmpty => _steps.Count == 0;

    /// <summary>The partitions that the caller has been told of as his.</summary>
    public ImmutableArray<TopicPartition> Told => [.. _told];

    public void Add(PartitionsAssigned assigned)
    {
        if (assigned.Added.Length > 0)
            _steps.Add(new RebalanceStep(RebalanceStepKind.Assigned, assigned.Added, 0));
    }

    /// <summary>Always a step, for somebody has to say that it is done.</summary>
    public void Add(PartitionsRevoked revoked)
    {
        Withdraw(RebalanceStepKind.Assigned, revoked.Partitions);
        var known = KnownInTheEnd();
        _steps.Add(new RebalanceStep(
            RebalanceStepKind.Revoked, [.. revoked.Partitions.Where(known.Contains)], revoked.Round));
    }

    /// <summary>What he should have let go of is lost before that, too.</summary>
    public void Add(PartitionsLost lost)
    {
        Withdraw(RebalanceStepKind.Assigned, lost.Partitions);
        Withdraw(RebalanceStepKind.Revoked, lost.Partitions);
        var known = KnownInTheEnd();
        ImmutableArray<TopicPartition> told = [.. lost.Partitions.Where(known.Contains)];
        if (told.Length > 0)
            _steps.Add(new RebalanceStep(RebalanceStepKind.Lost, told, 0));
    }

    /// <summary>The next one, which he is being told of.</summary>
    public RebalanceStep? TryTake()
    {
        if (_steps.Count == 0)
            return null;

        var step = _steps[0];
        _steps.RemoveAt(0);
        Apply(step, _told);
        return step;
    }

    /// <summary>He has left: nothing is his, and there is nothing to tell.</summary>
    public void Clear()
    {
        _steps.Clear();
        _told.Clear();
    }

    private SortedSet<TopicPartition> KnownInTheEnd()
    {
        var known = new SortedSet<TopicPartition>(_told);
        foreach (var step in _steps)
            Apply(step, known);
        return known;
    }

    private static void Apply(RebalanceStep step, SortedSet<TopicPartition> known)
    {
        if (step.Kind == RebalanceStepKind.Assigned)
            known.UnionWith(step.Partitions);
        else
            known.ExceptWith(step.Partitions);
    }

    /// <summary>Of an earlier life of the partition nothing waits behind what ended it: so all that waits may go.</summary>
    private void Withdraw(RebalanceStepKind kind, ImmutableArray<TopicPartition> partitions)
    {
        for (var i = _steps.Count - 1; i >= 0; i--)
        {
            if (_steps[i].Kind == kind)
                _steps[i] = _steps[i] with { Partitions = [.. _steps[i].Partitions.Except(partitions)] };
        }

        _steps.RemoveAll(static s => s.Kind == RebalanceStepKind.Assigned && s.Partitions.IsEmpty);
    }
}
