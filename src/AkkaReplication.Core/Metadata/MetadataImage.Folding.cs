using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

public sealed partial class MetadataImage
{
    /// <summary>
    /// An image in the making. What it is given was validated before it was written, so anything that does not fit is a
    /// broken invariant: it throws, with all values.
    /// </summary>
    private sealed class Folding(MetadataImage start)
    {
        public string ClusterId { get; } = start.ClusterId;

        public long Offset { get; set; } = start.Offset;

        public ControllerEpoch Epoch { get; set; } = start.Epoch;

        public ImmutableSortedDictionary<BrokerId, BrokerRegistration> Brokers { get; private set; } = start.Brokers;

        public ImmutableSortedDictionary<BrokerId, BrokerStatus> Statuses { get; private set; } = start._statuses;

        public ImmutableSortedDictionary<TopicId, TopicImage> TopicsById { get; private set; } = start.TopicsById;

        public ImmutableSortedDictionary<string, TopicId> TopicsByName { get; private set; } = start.TopicsByName;

        public long NextProducerId { get; private set; } = start.NextProducerId;

        public short MetadataVersion { get; private set; } = start.MetadataVersion;

        public int PartitionCount { get; private set; } = start.PartitionCount;

        public void Apply(MetadataRecord record, long offset, ControllerEpoch epoch)
        {
            if (offset != Offset + 1)
                throw new InvalidOperationException($"{record} at offset {offset} does not follow offset {Offset}.");
            if (epoch < Epoch)
                throw new InvalidOperationException($"{record} at offset {offset} is of controller epoch {epoch}, after {Epoch}.");

            Fold(record, offset);
            Offset = offset;
            Epoch = epoch;
        }

        public void Fold(MetadataRecord record, long offset)
        {
            switch (record)
            {
                case NoOpRecord:
                    break;
                case RegisterBrokerRecord register:
                    Register(register);
                    break;
                case BrokerChangeRecord change:
                    SetBroker(Changed(Broker(change.Broker, change.BrokerEpoch, change), change, offset));
                    break;
                case TopicRecord topic:
                    AddTopic(topic);
                    break;
                case RemoveTopicRecord remove:
                    RemoveTopic(remove);
                    break;
                case PartitionRecord partition:
                    AddPartition(partition);
                    break;
                case PartitionChangeRecord change:
                    ChangePartition(change);
                    break;
                case TopicConfigRecord config:
                    TopicsById = TopicsById.SetItem(
                        config.TopicId, Topic(config.TopicId, config).WithConfig(config.Name, config.Value));
                    break;
                case ProducerIdsRecord ids:
                    if (ids.NextProducerId <= NextProducerId)
                        throw new InvalidOperationException($"{ids} does not follow next producer id {NextProducerId}.");
                    NextProducerId = ids.NextProducerId;
                    break;
                case MetadataVersionRecord version:
                    if (version.Version is < 1 or > LatestMetadataVersion)
                        throw new InvalidOperationException($"{version}: 1 to {LatestMetadataVersion} can be read.");
                    MetadataVersion = version.Version;
                    break;
                default:
                    throw new InvalidOperationException($"{record} is no record that an image knows.");
            }
        }

        private static BrokerRegistration Changed(BrokerRegistration broker, BrokerChangeRecord change, long offset) =>
            broker with
            {
                Fenced = change.Fenced ?? broker.Fenced,
                ControlledShutdownOffset = change.InControlledShutdown switch
                {
                    true => change.ControlledShutdownOffset ?? offset,
                    false => -1,
                    null => broker.ControlledShutdownOffset,
                },
                OfflineReplicas = change.OfflineReplicas is { } offline ? [.. offline] : broker.OfflineReplicas,
            };

        private void Register(RegisterBrokerRecord register)
        {
            if (Brokers.TryGetValue(register.Broker, out var earlier) && register.BrokerEpoch <= earlier.Epoch)
                throw new InvalidOperationException($"{register} does not follow {earlier}.");

            SetBroker(new BrokerRegistration(
                register.Broker,
                register.IncarnationId,
                register.BrokerEpoch,
                register.Rack,
                register.LogDirs,
                Fenced: true,
                ControlledShutdownOffset: -1,
                OfflineReplicas: [])
            {
                Endpoints = register.Endpoints,
            });
        }

        private void SetBroker(BrokerRegistration broker)
        {
            Brokers = Brokers.SetItem(broker.Id, broker);
            Statuses = Statuses.SetItem(broker.Id, broker.Status);
        }

        private void AddTopic(TopicRecord topic)
        {
            if (TopicsById.ContainsKey(topic.TopicId) || TopicsByName.ContainsKey(topic.Name))
                throw new InvalidOperationException($"{topic}: there is such a topic already.");
            TopicsById = TopicsById.Add(topic.TopicId, TopicImage.Create(topic.Name, topic.TopicId));
            TopicsByName = TopicsByName.Add(topic.Name, topic.TopicId);
        }

        private void RemoveTopic(RemoveTopicRecord remove)
        {
            var topic = Topic(remove.TopicId, remove);
            TopicsById = TopicsById.Remove(topic.Id);
            TopicsByName = TopicsByName.Remove(topic.Name);
            PartitionCount -= topic.Partitions.Count;
            foreach (var broker in Brokers.Values)
            {
                var offline = broker.OfflineReplicas.Except(broker.OfflineReplicas.Where(p => p.TopicId == topic.Id));
                if (offline.Count != broker.OfflineReplicas.Count)
                    SetBroker(broker with { OfflineReplicas = offline });
            }
        }

        private void AddPartition(PartitionRecord record)
        {
            var topic = Topic(record.TopicId, record);
            if (record.Partition != topic.Partitions.Count)
                throw new InvalidOperationException($"{record}: the topic has {topic.Partitions.Count} partitions so far.");

            var partition = new PartitionRegistration(
                record.TopicId,
                topic.Name,
                record.Partition,
                record.Replicas,
                record.Isr,
                record.Elr,
                record.LastKnownElr,
                record.Leader,
                record.LeaderEpoch,
                record.PartitionEpoch,
                record.RecoveryState,
                record.MinIsr);
            PartitionCount++;
            TopicsById = TopicsById.SetItem(topic.Id, topic with { Partitions = topic.Partitions.Add(partition) });
        }

        private void ChangePartition(PartitionChangeRecord record)
        {
            var topic = Topic(record.TopicId, record);
            if (record.Partition < 0 || record.Partition >= topic.Partitions.Count)
                throw new InvalidOperationException($"{record}: the topic has {topic.Partitions.Count} partitions.");

            var before = topic.Partitions[record.Partition];
            var after = before with
            {
                Isr = record.Isr ?? before.Isr,
                Elr = record.Elr ?? before.Elr,
                LastKnownElr = record.LastKnownElr ?? before.LastKnownElr,
                Leader = record.Leader ?? before.Leader,
                LeaderEpoch = record.Leader is null ? before.LeaderEpoch : before.LeaderEpoch.Next(),
                PartitionEpoch = before.PartitionEpoch.Next(),
                RecoveryState = record.RecoveryState ?? before.RecoveryState,
                MinIsr = record.MinIsr ?? before.MinIsr,
            };
            TopicsById = TopicsById.SetItem(
                topic.Id, topic with { Partitions = topic.Partitions.SetItem(record.Partition, after) });
        }

        private BrokerRegistration Broker(BrokerId id, BrokerEpoch epoch, MetadataRecord record) =>
            Brokers.TryGetValue(id, out var broker) && broker.Epoch == epoch
                ? broker
                : throw new InvalidOperationException($"{record}, but the broker's registration is {broker}.");

        private TopicImage Topic(TopicId id, MetadataRecord record) =>
            TopicsById.TryGetValue(id, out var topic)
                ? topic
                : throw new InvalidOperationException($"{record}: there is no such topic.");
    }
}
