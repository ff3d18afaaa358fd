using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.Simulation.Running;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Faults;

/// <summary>What an administrator does at the worst of times.</summary>
internal sealed partial class Nemesis
{
    private const int Patience = 6_000;

    private void Administer(FaultKind kind, Chance chance)
    {
        void Effective(ErrorCode error, ClientResponse? response)
        {
            if (error == ErrorCode.None)
                _world.Tally.Effective(kind);
        }

        var partitions = _cluster.Checks.Truth.Partitions.ToArray();
        if (partitions.Length == 0)
            return;
        var partition = chance.Pick(partitions);
        var passing = $"passing-{chance.Next(2)}";
        switch (kind)
        {
            case FaultKind.LeaderMoved:
                _cluster.Admin.Ask(
                    new ElectLeadersRequest(ElectionType.Preferred, [partition.Name], Patience), Patience, Effective);
                break;
            case FaultKind.TopicCreated:
                _cluster.Admin.Ask(
                    new CreateTopicsRequest(
                        [new NewTopic(passing, chance.Between(1, 2), (short)Math.Min(3, _cluster.BrokerIds.Length), [], ImmutableSortedDictionary<string, string>.Empty)],
                        ValidateOnly: false,
                        Patience),
                    Patience,
                    (error, response) =>
                    {
                        Effective(error, response);
                        if (error == ErrorCode.None && !_cluster.LoosePartitions.Contains(new TopicPartition(passing, 0)))
                            _cluster.LoosePartitions.Add(new TopicPartition(passing, 0));
                    });
                break;
            case FaultKind.TopicDeleted:
                if (_cluster.Checks.Truth.TryGetTopic(passing) is null)
                    return;
                _world.Tally.Seen(Sometimes.TopicDeletedWhileWritten);
                _cluster.Admin.Ask(new DeleteTopicsRequest([passing], Patience), Patience, Effective);
                break;
            case FaultKind.ConfigAltered:
                var minIsr = chance.Hits(0.5) && partition.Replicas.Length > 1 ? "2" : chance.Hits(0.3) && _atlas.TryWeaken(partition.Topic) ? "1" : null;
                _cluster.Admin.Ask(
                    new IncrementalAlterConfigsRequest(
                        [
                            new ConfigAlteration(
                                new ConfigResource(ConfigResourceType.Topic, partition.Topic),
                                [new AlterConfigOp(minIsr is null ? AlterConfigOpType.Delete : AlterConfigOpType.Set, "min.insync.replicas", minIsr)]),
                        ],
                        ValidateOnly: false,
                        Patience),
                    Patience,
                    Effective);
                break;
            case FaultKind.PartitionsAdded:
                if (_cluster.Checks.Truth.TryGetTopic(passing) is not { } topic || topic.Partitions.Count > 4)
                    return;
                _cluster.Admin.Ask(
                    new CreatePartitionsRequest([new NewPartitions(passing, topic.Partitions.Count + 1, [])], false, Patience),
                    Patience,
                    Effective);
                break;
            case FaultKind.RecordsDeleted:
                var committed = _cluster.Checks.CommittedOf(partition.Id).End;
                if (committed == 0)
                    return;

                // Sometimes more than there is.
                var offset = chance.Hits(0.3) ? committed + chance.Between(-3L, 6) : chance.Next(Math.Max(1, committed / 2));
                _cluster.Admin.DeleteRecords(partition.Name, offset, answer => Effective(answer.Error, null));
                break;
            default:
                throw new InvalidOperationException($"The nemesis does not know {kind}.");
        }
    }
}
