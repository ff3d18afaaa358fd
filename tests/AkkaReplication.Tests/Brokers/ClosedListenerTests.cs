using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Tests.Brokers;

/// <summary>A broker that does not serve says so at once, so that clients go elsewhere.</summary>
public sealed class ClosedListenerTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly BrokerId One = new(1);

    public ClosedListenerTests()
        : base(ReplicationReference.Config)
    {
    }

    [Fact]
    public async Task Broker_that_starts_refuses_sessions()
    {
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        var life = new BrokerLife(
            "closed",
            "cluster-id",
            One,
            null,
            [directory],
            new ReplicationSettings(),
            new PeerNetwork([One]),
            PhysicalFileSystem.Instance,
            new ClusterState("closed", "cluster-id"));

        ReplicationDispatchers.Define(Sys, "closed", [(One, 1)]);

        // The test is its controller, and does not answer the registration.
        var broker = Sys.ActorOf(BrokerActor.Props(life, TestActor));
        await ExpectMsgAsync<RegisterBroker>(TimeSpan.FromSeconds(20));
        broker.Tell(new OpenClientSession("test"), TestActor);

        var refused = await FishForMessageAsync<ClientSessionRefused>(_ => true, TimeSpan.FromSeconds(20));
        Assert.Equal(One, refused.Broker);
        Sys.Stop(broker);
        await life.Released;
        Directory.Delete(directory, recursive: true);
    }
}
