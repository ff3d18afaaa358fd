namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>
/// One way to hurt a cluster: says beforehand what it will do and what must hold, does it while the drill produces, and
/// leaves the cluster whole, so that everything can be read back. Stateless: what belongs to a run is in its context.
/// </summary>
internal abstract class Scenario
{
    public const int Brokers = 3;
    public const int Partitions = 3;
    public const int MinInSync = 2;

    protected static readonly BrokerId First = new(1);
    protected static readonly BrokerId Second = new(2);
    protected static readonly BrokerId Third = new(3);

    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    public abstract string WillDo { get; }

    public abstract string MustHold { get; }

    /// <summary>Who holds which partition; empty to let the cluster decide.</summary>
    public virtual IReadOnlyList<IReadOnlyList<BrokerId>> Assignments => [];

    /// <summary>Whether the topic allows a leader that was not in sync.</summary>
    public virtual bool AllowsUncleanElection => false;

    /// <summary>Whether everything that was sent must have been acknowledged in the end.</summary>
    public virtual bool AllIsAcknowledged => true;

    public abstract Task RunAsync(DrillContext drill);

    public DrillTopic Topic(string name)
    {
        var configs = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["min.insync.replicas"] = MinInSync.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["unclean.leader.election.enable"] = AllowsUncleanElection ? "true" : "false",
        };
        return new DrillTopic(name, Partitions, Brokers, Assignments, configs);
    }
}
