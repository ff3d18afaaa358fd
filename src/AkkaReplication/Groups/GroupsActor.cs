using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Metadata;

namespace AkkaReplication.Groups;

/// <summary>
/// The groups of one life of a broker: has an actor for each leadership of a partition of __consumer_offsets that the broker
/// has, and hands every request to the one that its group belongs to.
/// </summary>
internal sealed class GroupsActor : UntypedActor
{
    private readonly BrokerContext _broker;
    private readonly IActorRef _brokerActor;
    private readonly GroupCoordinatorOptions _options;
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly Dictionary<TopicIdPartition, (LeaderEpoch Epoch, IActorRef? Shard)> _shards = [];
    private readonly Dictionary<long, Listing> _listings = [];
    private ImmutableSortedDictionary<string, TopicId>? _topics;
    private long _nextListing;

    public GroupsActor(BrokerContext broker, IActorRef brokerActor)
    {
        _broker = broker;
        _brokerActor = brokerActor;
        _options = OptionsOf(broker.Settings);
    }

    public static Props Props(BrokerContext broker, IActorRef brokerActor) =>
        Akka.Actor.Props.Create(() => new GroupsActor(broker, brokerActor))
            .WithDispatcher(ReplicationDispatchers.Network);

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void PreStart() => FollowMetadata();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GroupCall { Request: ListGroupsRequest list } call:
                BeginListing(call, list);
                break;
            case GroupCall call:
                OnCall(call);
                break;
            case GroupReply { Response: ListGroupsResponse listed } reply:
                OnListed(reply.CorrelationId, Sender, listed);
                break;
            case GroupsMetadataApplied:
                FollowMetadata();
                break;
            case Terminated terminated:
                OnShardEnded(terminated.ActorRef);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnCall(GroupCall call)
    {
        // The image may be ahead of what this actor has followed: an answer of an earlier leadership would be of no use.
        var partition = OffsetsTopic.PartitionOf(_broker.Image, GroupRefusals.GroupOf(call.Request));
        if (partition is not null && _shards.TryGetValue(IdOf(partition), out var shard)
            && shard.Epoch == partition.LeaderEpoch && shard.Shard is { } actor)
        {
            actor.Forward(call);
            return;
        }

        Sender.Tell(
            new GroupReply(call.CorrelationId, GroupRefusals.Refuse(call.Request, ErrorCode.NotCoordinator)), Self);
    }

    private void FollowMetadata()
    {
        var image = _broker.Image;
        TellOfDeletedTopics(image);
        var led = image.TryGetTopic(GroupPartitions.Topic) is { } topic
            ? topic.Partitions.Where(p => p.Leader == _broker.Id).ToDictionary(IdOf, p => p.LeaderEpoch)
            : [];
        foreach (var (partition, shard) in _shards.ToArray())
        {
            if (led.GetValueOrDefault(partition, LeaderEpoch.None) == shard.Epoch)
                led.Remove(partition);
            else
                End(partition, shard.Shard);
        }

        foreach (var (partition, epoch) in led)
        {
            var shard = Context.ActorOf(GroupShardActor.Props(_broker, _brokerActor, partition, epoch, _options));
            _shards.Add(partition, (epoch, Context.Watch(shard)));
        }
    }

    private void End(TopicIdPartition partition, IActorRef? shard)
    {
        _shards.Remove(partition);
        if (shard is null)
            return;
        Context.Unwatch(shard);
        Context.Stop(shard);
        ForgetInListings(shard);
    }

    /// <summary>
    /// It has failed. What it had on its way may reach the log yet, after another one of the same leadership had read that: so
    /// only the next leadership serves its groups again.
    /// </summary>
    private void OnShardEnded(IActorRef shard)
    {
        foreach (var (partition, (epoch, actor)) in _shards)
        {
            if (!shard.Equals(actor))
                continue;
            _logger.Error(
                "The groups of partition {0} are not served by broker {1} as its leader in epoch {2} any more",
                partition.Partition,
                _broker.Id,
                epoch);
            _shards[partition] = (epoch, null);
            break;
        }

        ForgetInListings(shard);
    }

    private void TellOfDeletedTopics(MetadataImage image)
    {
        var before = _topics;
        _topics = image.TopicsByName;
        if (before is null || ReferenceEquals(before, _topics))
            return;

        foreach (var (name, id) in before)
        {
            if (_topics.TryGetValue(name, out var now) && now == id)
                continue;
            foreach (var (_, shard) in _shards.Values)
                shard?.Tell(new GroupShardActor.TopicDeleted(name), Self);
        }
    }

    private void BeginListing(GroupCall call, ListGroupsRequest list)
    {
        var listing = new Listing(Sender, call.CorrelationId, [.. _shards.Values.Select(s => s.Shard).OfType<IActorRef>()]);
        var id = _nextListing++;
        _listings.Add(id, listing);
        foreach (var shard in listing.Awaited)
            shard.Tell(new GroupCall(id, call.Client, list), Self);
        AnswerIfListed(id, listing);
    }

    private void OnListed(long id, IActorRef shard, ListGroupsResponse listed)
    {
        if (!_listings.TryGetValue(id, out var listing) || !listing.Awaited.Remove(shard))
            return;
        if (listed.Error != ErrorCode.None)
            listing.Error = listed.Error;
        listing.Groups.AddRange(listed.Groups);
        AnswerIfListed(id, listing);
    }

    private void ForgetInListings(IActorRef shard)
    {
        foreach (var (id, listing) in _listings.ToArray())
        {
            if (!listing.Awaited.Remove(shard))
                continue;
            listing.Error = ErrorCode.NotCoordinator;
            AnswerIfListed(id, listing);
        }
    }

    private void AnswerIfListed(long id, Listing listing)
    {
        if (listing.Awaited.Count > 0)
            return;
        _listings.Remove(id);
        listing.Client.Tell(
            new GroupReply(listing.CorrelationId, new ListGroupsResponse(listing.Error, [.. listing.Groups])), Self);
    }

    private static GroupCoordinatorOptions OptionsOf(ReplicationSettings settings) => new()
    {
        InitialRebalanceDelayMs = settings.GroupInitialRebalanceDelayMs,
        MinSessionTimeoutMs = settings.GroupMinSessionTimeoutMs,
        MaxSessionTimeoutMs = settings.GroupMaxSessionTimeoutMs,
        OffsetsRetentionMs = (long)TimeSpan.FromMinutes(settings.OffsetsRetentionMinutes).TotalMilliseconds,
    };

    private static TopicIdPartition IdOf(PartitionRegistration partition) => new(partition.TopicId, partition.Partition);

    /// <summary>A list that shards are asked for.</summary>
    private sealed class Listing(IActorRef client, long correlationId, HashSet<IActorRef> awaited)
    {
        public IActorRef Client => client;

        public long CorrelationId => correlationId;

        public HashSet<IActorRef> Awaited => awaited;

        public List<GroupOverview> Groups { get; } = [];

        public ErrorCode Error { get; set; } = ErrorCode.None;
    }
}
