using AkkaReplication.Core.Tests.Replicas;
using AkkaReplication.Effects;
using AkkaReplication.Links;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Links;

/// <summary>Values that the tests of both link ends share: broker 1 follows broker 0.</summary>
internal static class LinkTestData
{
    public const int MaxWaitMs = 500;
    public static readonly BrokerId Leader = new(0);
    public static readonly BrokerId Follower = new(1);
    public static readonly BrokerEpoch FollowerEpoch = new(101);

    public static LinkOptions OptionsOf(BrokerId self, BrokerId peer, int maxBytes = 1 << 20) =>
        new("c1", self, peer, MaxWaitMs, maxBytes, PartitionMaxBytes: 1 << 16);

    public static TopicIdPartition Partition(int number) => new(ReplicaUnderTest.Partition.TopicId, number);

    public static FetchFrom Position(long offset, int lastEpoch = 4, int epoch = 5) =>
        new(Leader, new LeaderEpoch(epoch), offset, new LeaderEpoch(lastEpoch), 0);

    public static FollowerFetch Fetch(int partition, long offset, int lastEpoch = 4, int epoch = 5) => new(
        Partition(partition), Follower, FollowerEpoch, new LeaderEpoch(epoch), offset, new LeaderEpoch(lastEpoch), 0);

    public static IReadOnlyList<T> All<T>(this EffectList effects)
        where T : Effect => [.. effects.AsReadOnly().OfType<T>()];

    public static T Only<T>(this EffectList effects)
        where T : Effect => Assert.Single(effects.All<T>());
}
