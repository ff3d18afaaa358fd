using AkkaReplication.Links;
using AkkaReplication.Testing.Networks;

namespace AkkaReplication.Testing;

/// <summary>
/// The network between the brokers of a test's cluster, and between them and the controller. A link has two directions, each
/// with faults of its own. What is lost is lost silently; clients reach every broker that lives.
/// </summary>
public sealed class TestNetwork
{
    /// <summary>The controller's place in the network: an end of a link, as a broker's number is.</summary>
    public const int Controller = 0;

    private readonly TestCluster _cluster;
    private readonly FaultyCarrier _carrier;

    internal TestNetwork(TestCluster cluster, FaultyCarrier carrier)
    {
        _cluster = cluster;
        _carrier = carrier;
    }

    /// <summary>Messages that were sent so far, arrived or not.</summary>
    public long Sent => _carrier.Sent;

    /// <summary>Messages that were lost so far.</summary>
    public long Lost => _carrier.Links.Sum(link => link.Value.Lost);

    /// <summary>Messages that arrived, or will arrive, later than they would have.</summary>
    public long Delayed => _carrier.Links.Sum(link => link.Value.Delayed);

    /// <summary>
    /// Cuts a broker off from all other brokers and from the controller, both ways. Clients still reach it: it is the leader
    /// that does not know that it leads no longer.
    /// </summary>
    public Task IsolateAsync(int broker) => OnBothWays(broker, Everyone(broker), link => link.Cut());

    /// <summary>Cuts one direction of one link: what <paramref name="from"/> says, <paramref name="to"/> does not hear.</summary>
    /// <param name="from">A broker, or <see cref="Controller"/>.</param>
    /// <param name="to">A broker, or <see cref="Controller"/>.</param>
    public Task CutAsync(int from, int to) => On(from, to, link => link.Cut());

    /// <summary>Cuts a broker off from the controller, both ways; it goes on talking to the other brokers.</summary>
    public Task CutFromControllerAsync(int broker) => OnBothWays(broker, [Controller], link => link.Cut());

    /// <summary>
    /// Splits the brokers into two groups that do not hear each other. The controller is with neither: both hear it, unless
    /// they are cut off from it, too.
    /// </summary>
    public Task SplitAsync(IEnumerable<int> one, IEnumerable<int> other)
    {
        var others = other.ToArray();
        foreach (var broker in one)
            OnBothWays(broker, others, link => link.Cut());
        return Task.CompletedTask;
    }

    /// <summary>Makes one direction of one link slow. Messages stay in order. In virtual time where that is used.</summary>
    /// <param name="from">A broker, or <see cref="Controller"/>.</param>
    /// <param name="to">A broker, or <see cref="Controller"/>.</param>
    /// <param name="latency">How long a message takes at least; zero or more.</param>
    /// <param name="jitter">How much longer it may take; zero or more.</param>
    public Task SlowAsync(int from, int to, TimeSpan latency, TimeSpan jitter = default)
    {
        CheckDelay(latency, jitter);
        return On(from, to, link => link.Slow(latency, jitter));
    }

    /// <summary>Makes all links of a broker slow, both ways, that to the controller included.</summary>
    /// <inheritdoc cref="SlowAsync(int, int, TimeSpan, TimeSpan)"/>
    public Task SlowAsync(int broker, TimeSpan latency, TimeSpan jitter = default)
    {
        CheckDelay(latency, jitter);
        return OnBothWays(broker, Everyone(broker), link => link.Slow(latency, jitter));
    }

    /// <summary>Lets one direction of one link lose messages.</summary>
    /// <param name="from">A broker, or <see cref="Controller"/>.</param>
    /// <param name="to">A broker, or <see cref="Controller"/>.</param>
    /// <param name="loss">The share that is lost: 0 to 1.</param>
    public Task LoseAsync(int from, int to, double loss)
    {
        CheckLoss(loss);
        return On(from, to, link => link.Lose(loss));
    }

    /// <summary>Lets all links of a broker lose messages, both ways, that to the controller included.</summary>
    /// <inheritdoc cref="LoseAsync(int, int, double)"/>
    public Task LoseAsync(int broker, double loss)
    {
        CheckLoss(loss);
        return OnBothWays(broker, Everyone(broker), link => link.Lose(loss));
    }

    /// <summary>Every link is whole again.</summary>
    public Task HealAsync()
    {
        foreach (var (_, link) in _carrier.Links)
            link.Heal();
        return Task.CompletedTask;
    }

    /// <summary>All links of a broker are whole again, both ways.</summary>
    public Task HealAsync(int broker)
    {
        Check(broker, nameof(broker));
        foreach (var ((from, to), link) in _carrier.Links)
        {
            if (from.Value == broker || to.Value == broker)
                link.Heal();
        }

        return Task.CompletedTask;
    }

    /// <summary>One direction of one link is whole again.</summary>
    public Task HealAsync(int from, int to) => On(from, to, link => link.Heal());

    internal bool IsCutFromController(int broker) => _carrier.Links.Any(link =>
        link.Value.Description.Length > 0
        && (link.Key == (new BrokerId(broker), IPeerCarrier.Controller)
            || link.Key == (IPeerCarrier.Controller, new BrokerId(broker))));

    internal string DescribeFaults() => string.Join(
        Environment.NewLine,
        _carrier.Links
            .Where(link => link.Value.Description.Length > 0)
            .OrderBy(link => link.Key.From).ThenBy(link => link.Key.To)
            .Select(link => $"  from {Name(link.Key.From)} to {Name(link.Key.To)}: {link.Value.Description}"));

    private static string Name(BrokerId end) => end == IPeerCarrier.Controller ? "the controller" : $"broker {end}";

    private static void CheckDelay(TimeSpan latency, TimeSpan jitter)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latency, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(jitter, TimeSpan.Zero);
    }

    private static void CheckLoss(double loss)
    {
        if (loss is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(loss), loss, "A share is 0 to 1.");
    }

    private IEnumerable<int> Everyone(int but) =>
        Enumerable.Range(Controller, _cluster.Brokers.Count + 1).Where(end => end != but);

    private Task OnBothWays(int broker, IEnumerable<int> others, Action<FaultyLink> change)
    {
        foreach (var other in others)
        {
            On(broker, other, change);
            On(other, broker, change);
        }

        return Task.CompletedTask;
    }

    private Task On(int from, int to, Action<FaultyLink> change)
    {
        Check(from, nameof(from));
        Check(to, nameof(to));
        if (from == to)
            throw new ArgumentException($"A link has two ends; both are {from}.", nameof(to));
        change(_carrier.Link(new BrokerId(from), new BrokerId(to)));
        return Task.CompletedTask;
    }

    private void Check(int end, string name)
    {
        if (end < Controller || end > _cluster.Brokers.Count)
        {
            throw new ArgumentOutOfRangeException(
                name, end, $"The brokers are 1 to {_cluster.Brokers.Count}; {Controller} is the controller.");
        }
    }
}
