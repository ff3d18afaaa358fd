using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

public sealed partial class ControllerDecider
{
    private TopicsAnswer Create(WorkingImage work, CreateTopics request)
    {
        // Validated on a copy that is thrown away where nothing shall be created.
        var target = request.ValidateOnly ? new WorkingImage(work.Image) : work;
        var twice = NamedTwice(request.Topics.Select(t => t.Name));
        var results = ImmutableArray.CreateBuilder<TopicResult>(request.Topics.Length);
        foreach (var topic in request.Topics)
        {
            var result = twice.Contains(topic.Name)
                ? Failed(topic.Name, ErrorCode.InvalidRequest, "The request names the topic twice.")
                : Create(target, topic);
            results.Add(request.ValidateOnly ? result with { TopicId = TopicId.None } : result);
        }

        return new TopicsAnswer(request.RequestId, ErrorCode.None, results.MoveToImmutable());
    }

    private TopicResult Create(WorkingImage work, NewTopic topic)
    {
        if (TopicNames.Validate(topic.Name) is { } nameProblem)
            return Failed(topic.Name, ErrorCode.InvalidTopicException, nameProblem);
        if (work.Image.TryGetTopic(topic.Name) is not null)
            return Failed(topic.Name, ErrorCode.TopicAlreadyExists, $"There is a topic \"{topic.Name}\" already.");

        foreach (var (name, value) in topic.Configs)
        {
            if (TopicConfigs.Validate(name, value) is { } configProblem)
                return Failed(topic.Name, ErrorCode.InvalidConfig, configProblem);
        }

        if (TopicConfigs.Conflict(TopicConfigs.Parse(options.TopicDefaults.SetItems(topic.Configs))) is { } conflict)
            return Failed(topic.Name, ErrorCode.InvalidConfig, conflict);

        var (assignments, error, problem) = Assign(work, topic);
        if (problem is not null)
            return Failed(topic.Name, error, problem);
        var configs = topic.Configs.Count + options.TopicDefaults.Count;
        if (work.Count + assignments.Length + configs + 2 > options.MaxRecordsPerOperation)
        {
            return Failed(
                topic.Name,
                ErrorCode.PolicyViolation,
                $"One request can write {options.MaxRecordsPerOperation} records; with {assignments.Length} partitions " +
                "of this topic it would be more.");
        }

        return Write(work, topic, assignments);
    }

    private TopicResult Write(WorkingImage work, NewTopic topic, ImmutableArray<ImmutableArray<BrokerId>> assignments)
    {
        var id = newTopicId();
        work.Add(new TopicRecord(topic.Name, id));
        foreach (var (name, value) in topic.Configs)
            work.Add(new TopicConfigRecord(id, name, value));
        foreach (var (name, value) in options.TopicDefaults.Where(config => !topic.Configs.ContainsKey(config.Key)))
            work.Add(new TopicConfigRecord(id, name, value));
        if (options.UncleanLeaderElectionEnable && !topic.Configs.ContainsKey(TopicConfigs.UncleanLeaderElectionEnable))
            work.Add(new TopicConfigRecord(id, TopicConfigs.UncleanLeaderElectionEnable, "true"));

        var settings = work.Image.TopicsById[id].Settings;
        for (var p = 0; p < assignments.Length; p++)
            AddPartition(work, id, p, assignments[p], settings);
        return new TopicResult(topic.Name, id, ErrorCode.None, null);
    }

    private void AddPartition(
        WorkingImage work, TopicId topic, int partition, ImmutableArray<BrokerId> replicas, TopicSettings settings)
    {
        ImmutableArray<BrokerId> isr = [.. replicas.Where(b => work.Image.TryGetBroker(b) is { IsActive: true })];
        work.Add(new PartitionRecord(
            topic, partition, replicas, isr, isr[0], EffectiveMinIsr(settings, replicas.Length)));
    }

    private (ImmutableArray<ImmutableArray<BrokerId>> Assignments, ErrorCode Error, string? Problem) Assign(
        WorkingImage work, NewTopic topic)
    {
        if (!topic.Assignments.IsDefaultOrEmpty)
        {
            return CheckAssignments(work.Image, topic.Assignments, 0, topic.Assignments[0].Length) is { } problem
                ? ([], ErrorCode.InvalidReplicaAssignment, problem)
                : (topic.Assignments, ErrorCode.None, null);
        }

        var partitions = topic.Partitions == -1 ? options.NumPartitions : topic.Partitions;
        if (partitions < 1)
            return ([], ErrorCode.InvalidPartitions, $"{topic.Partitions} partitions; 1 or more are accepted, or -1 for the default.");
        if (partitions > options.MaxRecordsPerOperation)
        {
            return ([], ErrorCode.PolicyViolation,
                $"{partitions} partitions; one request can create fewer than {options.MaxRecordsPerOperation}.");
        }

        var usable = ReplicaPlacer.UsableBrokers(work.Image);
        var replicationFactor = topic.ReplicationFactor == -1
            ? options.DefaultReplicationFactor ?? Math.Clamp(usable, 1, 3)
            : topic.ReplicationFactor;
        if (replicationFactor < 1)
        {
            return ([], ErrorCode.InvalidReplicationFactor,
                $"Replication factor {topic.ReplicationFactor}; 1 to {usable} are accepted, or -1 for the default.");
        }

        // Where the last topic's placement ended, the next one's begins.
        var (assignments, placementProblem) =
            ReplicaPlacer.Place(work.Image, partitions, replicationFactor, work.Image.PartitionCount);
        return (assignments, ErrorCode.InvalidReplicationFactor, placementProblem);
    }

    /// <param name="first">The number of the first partition that is assigned.</param>
    /// <param name="replicationFactor">Of all partitions of the topic.</param>
    private static string? CheckAssignments(
        MetadataImage image, ImmutableArray<ImmutableArray<BrokerId>> assignments, int first, int replicationFactor)
    {
        for (var i = 0; i < assignments.Length; i++)
        {
            var replicas = assignments[i];
            var p = first + i;
            if (replicas.IsDefaultOrEmpty)
                return $"Partition {p} has no replica.";
            if (replicas.Distinct().Count() != replicas.Length)
                return $"Partition {p} names a broker twice: {string.Join(", ", replicas)}.";
            if (replicas.Length != replicationFactor)
                return $"Partition {p} has {replicas.Length} replicas, partition 0 has {replicationFactor}.";

            foreach (var replica in replicas)
            {
                if (image.TryGetBroker(replica) is null)
                    return $"Partition {p} names broker {replica}, which is not registered.";
            }

            if (!replicas.Any(b => image.Brokers[b].IsActive))
                return $"Partition {p}: all of its brokers are fenced or shutting down.";
        }

        return null;
    }

    private static TopicsAnswer Delete(WorkingImage work, DeleteTopics request)
    {
        var results = ImmutableArray.CreateBuilder<TopicResult>(request.Names.Length);
        foreach (var name in request.Names)
        {
            if (work.Image.TryGetTopic(name) is not { } topic)
            {
                results.Add(Failed(name, ErrorCode.UnknownTopicOrPartition, $"There is no topic \"{name}\"."));
                continue;
            }

            work.Add(new RemoveTopicRecord(topic.Id));
            results.Add(new TopicResult(name, topic.Id, ErrorCode.None, null));
        }

        return new TopicsAnswer(request.RequestId, ErrorCode.None, results.MoveToImmutable());
    }

    private int EffectiveMinIsr(TopicSettings settings, int replicas) => Math.Min(
        replicas, settings.MinInsyncReplicas ?? options.MinInsyncReplicas ?? (replicas >= 3 ? 2 : 1));

    private static HashSet<string> NamedTwice(IEnumerable<string> names) => names
        .GroupBy(name => name, StringComparer.Ordinal)
        .Where(group => group.Count() > 1)
        .Select(group => group.Key)
        .ToHashSet(StringComparer.Ordinal);

    private static TopicResult Failed(string name, ErrorCode error, string message) =>
        new(name, TopicId.None, error, message);
}
