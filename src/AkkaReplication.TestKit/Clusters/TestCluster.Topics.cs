using System.Collections.Immutable;
using Akka.Actor;
using AkkaReplication.Brokers;
using AkkaReplication.Controller;

namespace AkkaReplication.Testing;

/// <summary>Topics, and the way back to a cluster without any.</summary>
public sealed partial class TestCluster
{
    /// <summary>
    /// Creates a topic; returns when each of its partitions is led by a broker that serves, and every broker that can be
    /// reached knows of it.
    /// </summary>
    /// <param name="name">Letters, digits, '.', '_' and '-'.</param>
    /// <param name="partitions">1 or more.</param>
    /// <param name="replicationFactor">1 to the number of brokers; left out, 3 or as many as there are brokers.</param>
    /// <param name="configs">Settings of the topic, under Kafka's names.</param>
    /// <exception cref="ReplicationException">The controller refuses it.</exception>
    /// <exception cref="TimeoutException">Nobody leads a partition in time, because of the faults there are for instance.</exception>
    public async Task CreateTopicAsync(
        string name,
        int partitions = 1,
        int? replicationFactor = null,
        IReadOnlyDictionary<string, string>? configs = null)
    {
        var topic = new NewTopic(
            name,
            partitions,
            checked((short)(replicationFactor ?? -1)),
            [],
            configs?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? ImmutableSortedDictionary<string, string>.Empty);
        Require(await AskControllerAsync(new CreateTopics(0, [topic], ValidateOnly: false)).ConfigureAwait(false));
        await EventuallyAsync(
            c => c.Partitions.Count(p => p.Topic == name && p.HighWatermark >= 0) == partitions && EveryoneKnows(name),
            what: $"every partition of {name} is led by a broker that serves").ConfigureAwait(false);
    }

    /// <summary>Deletes a topic; returns when no living broker has anything of it.</summary>
    /// <exception cref="ReplicationException">There is no such topic.</exception>
    /// <exception cref="TimeoutException">A living broker has not let go of it in time.</exception>
    public async Task DeleteTopicAsync(string name)
    {
        var deleted = _cluster.State.Image.TopicsByName.TryGetValue(name, out var id) ? id : TopicId.None;
        Require(await AskControllerAsync(new DeleteTopics(0, [name])).ConfigureAwait(false));
        var committed = _cluster.State.Image.Offset;
        await EventuallyAsync(
            _ => _cluster.State.Living.Values.All(broker => HasLetGo(broker, committed, id => id == deleted)),
            what: $"nobody has anything of {name}").ConfigureAwait(false);
    }

    /// <summary>
    /// Back to a cluster as it was after its start: no topics, no faults, the same brokers, an empty history. Clients that
    /// were made before may be used on. For the time between two tests.
    /// </summary>
    /// <exception cref="TimeoutException">The message says what is left.</exception>
    public async Task ResetAsync()
    {
        await HealAsync().ConfigureAwait(false);
        await EventuallyAsync(c => c.LivingBrokers == c.Brokers.Length && c.FencedBrokers == 0).ConfigureAwait(false);
        var names = _cluster.State.Image.TopicsByName.Keys.ToImmutableArray();
        if (!names.IsEmpty)
            Require(await AskControllerAsync(new DeleteTopics(0, names)).ConfigureAwait(false));
        var committed = _cluster.State.Image.Offset;
        await EventuallyAsync(
            _ => _cluster.State.Living.Values.All(broker => HasLetGo(broker, committed, _ => true)),
            what: "no broker has a replica or a log").ConfigureAwait(false);
        History.Clear();
        _recent.Clear();
    }

    private bool EveryoneKnows(string topic) => _cluster.State.Living.Values.All(broker =>
        broker.Image.TopicsByName.ContainsKey(topic) || !Broker(broker.Id.Value).CanBeReached);

    /// <summary>
    /// In this order: a broker that has heard of the deletion begins to let go of replicas before it shows none of them.
    /// </summary>
    private static bool HasLetGo(BrokerContext broker, long committed, Func<TopicId, bool> isDeleted) =>
        broker.Image.Offset >= committed
        && !broker.Replicas.All.Any(replica => isDeleted(replica.Partition.TopicId))
        && broker.Replicas.Leaving == 0;

    private async Task<TopicsAnswer> AskControllerAsync(object command)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = _options.Patience - TimeProvider.System.GetElapsedTime(started);
            var answer = await System.ActorSelection(ReplicationPaths.Controller(Name))
                .Ask<TopicsAnswer>(command, left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
            if (answer.Error != ErrorCode.NotController)
                return answer;

            // The controller has just been started anew; it tells when it is there.
            await EventuallyAsync(_ => _cluster.State.ControllerIsActive, what: "there is a controller").ConfigureAwait(false);
        }
    }

    private static void Require(TopicsAnswer answer)
    {
        if (answer.Error != ErrorCode.None)
            throw new ReplicationException(answer.Error, "The controller refused the request.");
        foreach (var result in answer.Results)
        {
            if (result.Error != ErrorCode.None)
                throw new ReplicationException(result.Error, result.Message ?? $"{result.Name}: {result.Error}");
        }
    }
}
