using AkkaReplication.Tests.Actors;

namespace AkkaReplication.Tests.Brokers;

public sealed class ReplicaDirectoryTests : ActorTest, IAsyncLifetime
{
    private readonly BrokerUnderTest _broker;

    public ReplicaDirectoryTests() => _broker = new BrokerUnderTest(Sys);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public void A_replica_is_found_from_when_it_has_an_actor()
    {
        var replicas = _broker.Context.Replicas;
        var replica = _broker.Handle();

        // A follower's first fetch would go to nobody.
        Assert.Throws<ArgumentException>(() => replicas.Add(replica));
        Assert.False(replicas.TryGet(replica.Partition, out _));

        replica.Replica = TestActor;
        replicas.Add(replica);
        Assert.True(replicas.TryGet(replica.Partition, out var found));
        Assert.Same(TestActor, found.Replica);
    }
}
