using Akka.Actor;
using AkkaReplication.Replicas;
using AkkaReplication.Testing.Disks;

namespace AkkaReplication.Testing;

/// <summary>One broker of a test's cluster, and what can happen to it.</summary>
public sealed class TestBroker
{
    private readonly TestCluster _cluster;
    private readonly DiskFaults _faults;
    private IReadOnlyList<IInternalActorRef>? _paused;

    internal TestBroker(TestCluster cluster, int id, DiskFaults faults)
    {
        _cluster = cluster;
        _faults = faults;
        Id = id;
        Disk = new TestDisk(faults, id);
    }

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>Its disks: all of its log directories.</summary>
    public TestDisk Disk { get; }

    /// <summary>Its process lives, paused or not.</summary>
    public bool IsAlive => _cluster.Embedded.IsAlive(BrokerId);

    /// <summary>Its process stands still.</summary>
    public bool IsPaused => Volatile.Read(ref _paused) is not null;

    /// <summary>The directories of its logs; below them each partition has one. In memory, where the cluster's files are.</summary>
    public IReadOnlyList<string> LogDirs => _cluster.Embedded.LogDirs(BrokerId);

    internal BrokerId BrokerId => new(Id);

    internal DiskFaults Faults => _faults;

    /// <summary>Some call has failed or waited since the last healing.</summary>
    internal bool HadDiskFaults { get; private set; }

    /// <summary>It lives, runs, and is not cut off from the controller.</summary>
    internal bool CanBeReached => IsAlive && !IsPaused && !_faults.HoldsUp && !_cluster.Network.IsCutFromController(Id);

    /// <summary>
    /// The process dies: nothing is handed over, nothing is flushed. What was written to its files is still there. Returns
    /// when nothing of it is left; the cluster notices at once, unless the broker is cut off from the controller.
    /// </summary>
    public async Task KillAsync()
    {
        using var killing = _faults.Abandon();
        Volatile.Write(ref _paused, null);
        await _cluster.Embedded.KillBrokerAsync(BrokerId).ConfigureAwait(false);
    }

    /// <summary>The process ends in order: leaderships move first, then everything is flushed.</summary>
    /// <exception cref="TimeoutException">It could not end in order, because of a fault for instance.</exception>
    public Task StopAsync() => _cluster.Embedded.StopBrokerAsync(BrokerId);

    /// <summary>A new process on the same files; returns when it serves. Nothing happens while it is alive.</summary>
    /// <exception cref="ReplicationException">Its files cannot be used.</exception>
    /// <exception cref="TimeoutException">It does not serve in time, because of a fault for instance.</exception>
    public Task StartAsync() => _cluster.Embedded.StartBrokerAsync(BrokerId);

    /// <summary>Stops the process in order if it is alive, and starts a new one.</summary>
    /// <inheritdoc cref="StartAsync"/>
    public async Task RestartAsync()
    {
        if (IsAlive)
            await StopAsync().ConfigureAwait(false);
        await StartAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// The process stands still, as in a long collection of garbage or on a machine that was put to sleep: it neither hears
    /// nor says anything, its timers do not fire, its connections stay open. Nothing happens while it is dead.
    /// </summary>
    public async Task PauseAsync()
    {
        if (IsPaused || !IsAlive)
            return;
        var actor = await ActorAsync().ConfigureAwait(false);

        // Its children as well: they would only be told when it gets to it, and could answer somebody until then.
        IReadOnlyList<IInternalActorRef> paused = [actor, .. Children()];
        foreach (var one in paused)
            one.Suspend();
        Volatile.Write(ref _paused, paused);
    }

    /// <summary>The process goes on where it stood: with everything that was said to it meanwhile, late.</summary>
    public Task ResumeAsync()
    {
        Resume();
        return Task.CompletedTask;
    }

    /// <summary>
    /// Undoes what was done to it: its disks and its links are whole, its process runs, a dead one is started. Returns when
    /// it serves.
    /// </summary>
    /// <remarks>
    /// A replica that a disk has taken offline stays so until it gets a new leader, as in Kafka, or until its broker is
    /// started anew, which <see cref="TestCluster.HealAsync"/> does.
    /// </remarks>
    public async Task HealAsync()
    {
        HadDiskFaults |= _faults.Failed > 0 || _faults.Delayed > 0;
        await Disk.HealAsync().ConfigureAwait(false);
        await _cluster.Network.HealAsync(Id).ConfigureAwait(false);
        await ResumeAsync().ConfigureAwait(false);
        if (!IsAlive)
            await StartAsync().ConfigureAwait(false);
    }

    /// <summary>Its number.</summary>
    public override string ToString() => $"broker {Id}";

    internal async Task RestartIfOfflineAsync()
    {
        if (!HadDiskFaults)
            return;
        HadDiskFaults = false;
        _faults.ForgetCounts();
        if (_cluster.Embedded.State.Living.TryGetValue(BrokerId, out var broker)
            && broker.Replicas.All.Any(replica => replica.IsBroken || replica.View is null or { Role: ReplicaRole.Offline }))
        {
            await KillAsync().ConfigureAwait(false);
            await StartAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Nothing holds the process up any more, so that it can be ended.</summary>
    internal void Release()
    {
        _faults.Heal();
        Resume();
    }

    internal string DescribeFaults()
    {
        var faults = string.Join(
            ", ", new[] { IsPaused ? "paused" : "", _faults.Description }.Where(fault => fault.Length > 0));
        return faults.Length == 0 ? "" : $"  broker {Id}: {faults}";
    }

    internal async Task<IInternalActorRef> ActorAsync() => (IInternalActorRef)await _cluster.System
        .ActorSelection(ReplicationPaths.Broker(_cluster.Name, BrokerId))
        .ResolveOne(_cluster.Options.Patience).ConfigureAwait(false);

    private void Resume()
    {
        foreach (var one in Interlocked.Exchange(ref _paused, null) ?? [])
            one.Resume();
    }

    /// <summary>The actors that write, fetch and read for it.</summary>
    private IEnumerable<IInternalActorRef> Children() =>
        _cluster.Embedded.State.Living.TryGetValue(BrokerId, out var living)
            ? living.Links.Values
                .Concat(living.Replicas.All.Select(replica => replica.Replica))
                .Concat(living.LogDirs.SelectMany(dir => new[] { dir.RecentReader, dir.Reader }))
                .Where(actor => !actor.IsNobody())
                .Cast<IInternalActorRef>()
            : [];
}
