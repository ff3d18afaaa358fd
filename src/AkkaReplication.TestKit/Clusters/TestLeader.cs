namespace AkkaReplication.Testing;

/// <summary>The leader of a partition, as it was when it was asked for.</summary>
public sealed class TestLeader
{
    private readonly TestCluster _cluster;

    internal TestLeader(TestCluster cluster, TopicPartition partition, TestBroker broker, int epoch)
    {
        _cluster = cluster;
        Partition = partition;
        Broker = broker;
        Epoch = epoch;
    }

    /// <summary>What it leads.</summary>
    public TopicPartition Partition { get; }

    /// <summary>The broker.</summary>
    public TestBroker Broker { get; }

    /// <summary>The broker's number.</summary>
    public int Id => Broker.Id;

    /// <summary>The leadership: the next leader has a greater one.</summary>
    public int Epoch { get; }

    /// <summary>
    /// Another replica in sync leads from now on; this broker goes on and stays in sync. Returns when the controller has
    /// committed it, which clients and brokers learn a moment later.
    /// </summary>
    /// <exception cref="ReplicationException">ELIGIBLE_LEADERS_NOT_AVAILABLE: no other replica is in sync and its broker
    /// alive. NOT_LEADER_OR_FOLLOWER: another broker leads already.</exception>
    /// <exception cref="TimeoutException">The controller has not answered in time.</exception>
    public async Task StepDownAsync()
    {
        if (_cluster.Now.LeaderOf(Partition.Topic, Partition.Partition) != Id)
        {
            throw new ReplicationException(
                ErrorCode.NotLeaderOrFollower, $"Broker {Id} does not lead {Partition} any more.");
        }

        var result = await _cluster.Embedded.ResignLeadershipAsync(Partition, _cluster.Options.Patience).ConfigureAwait(false)
            ?? throw new TimeoutException($"The controller has not answered that the leader of {Partition} steps down.");
        if (result.Error != ErrorCode.None)
            throw new ReplicationException(result.Error, result.Message ?? $"The leader of {Partition} cannot step down.");
    }

    /// <inheritdoc cref="TestBroker.KillAsync"/>
    public Task KillAsync() => Broker.KillAsync();

    /// <inheritdoc cref="TestBroker.StopAsync"/>
    public Task StopAsync() => Broker.StopAsync();

    /// <inheritdoc cref="TestBroker.PauseAsync"/>
    public Task PauseAsync() => Broker.PauseAsync();

    /// <summary>What leads what.</summary>
    public override string ToString() => $"broker {Id}, which leads {Partition} at epoch {Epoch}";
}
