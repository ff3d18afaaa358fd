using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

public sealed partial class ControllerDecider
{
    private TopicsAnswer Grow(WorkingImage work, CreatePartitions request)
    {
        // Validated on a copy that is thrown away where nothing shall be created.
        var target = request.ValidateOnly ? new WorkingImage(work.Image) : work;
        var twice = NamedTwice(request.Topics.Select(t => t.Topic));
        var results = ImmutableArray.CreateBuilder<TopicResult>(request.Topics.Length);
        foreach (var topic in request.Topics)
        {
            results.Add(twice.Contains(topic.Topic)
                ? Failed(topic.Topic, ErrorCode.InvalidRequest, "The request names the topic twice.")
                : Grow(target, topic));
        }

        return new TopicsAnswer(request.RequestId, ErrorCode.None, results.MoveToImmutable());
    }

    private TopicResult Grow(WorkingImage work, NewPartitions request)
    {
        if (work.Image.TryGetTopic(request.Topic) is not { } topic)
        {
            return Failed(
                request.Topic, ErrorCode.UnknownTopicOrPartition, $"There is no topic \"{request.Topic}\".");
        }

        var count = topic.Partitions.Count;
        if (request.TotalCount <= count)
        {
            return Failed(
                request.Topic,
                ErrorCode.InvalidPartitions,
                $"The topic has {count} partitions, {request.TotalCount} would be no increase; more than {count} are accepted.");
        }

        var added = request.TotalCount - count;
        if (work.Count + added > options.MaxRecordsPerOperation)
        {
            return Failed(
                request.Topic,
                ErrorCode.PolicyViolation,
                $"One request can write {options.MaxRecordsPerOperation} records; with {added} new partitions of this " +
                "topic it would be more.");
        }

        var (assignments, error, problem) = AssignMore(work, topic, request, added);
        if (problem is not null)
            return Failed(request.Topic, error, problem);
        for (var i = 0; i < added; i++)
            AddPartition(work, topic.Id, count + i, assignments[i], topic.Settings);
        return new TopicResult(request.Topic, topic.Id, ErrorCode.None, null);
    }

    private static (ImmutableArray<ImmutableArray<BrokerId>> Assignments, ErrorCode Error, string? Problem) AssignMore(
        WorkingImage work, TopicImage topic, NewPartitions request, int added)
    {
        var (first, replicationFactor) = (topic.Partitions.Count, topic.Partitions[0].Replicas.Length);
        if (request.Assignments.IsDefaultOrEmpty)
        {
            var (placed, placementProblem) =
                ReplicaPlacer.Place(work.Image, added, replicationFactor, work.Image.PartitionCount);
            return (placed, ErrorCode.InvalidReplicationFactor, placementProblem);
        }

        if (request.Assignments.Length != added)
        {
            return ([], ErrorCode.InvalidReplicaAssignment,
                $"{added} partitions are to be added, but replicas are assigned to {request.Assignments.Length}.");
        }

        var problem = CheckAssignments(work.Image, request.Assignments, first, replicationFactor);
        return (request.Assignments, ErrorCode.InvalidReplicaAssignment, problem);
    }
}
