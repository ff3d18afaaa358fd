using System.Collections.Immutable;
using AkkaReplication.Metadata;

namespace AkkaReplication.Controller;

public sealed partial class ControllerDecider
{
    private IncrementalAlterConfigsAnswer AlterConfigs(WorkingImage work, IncrementalAlterConfigs request)
    {
        // Validated on a copy that is thrown away where nothing shall be changed.
        var target = request.ValidateOnly ? new WorkingImage(work.Image) : work;
        var twice = request.Resources
            .GroupBy(r => r.Resource)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key)
            .ToHashSet();
        var results = ImmutableArray.CreateBuilder<ConfigResult>(request.Resources.Length);
        foreach (var alteration in request.Resources)
        {
            results.Add(twice.Contains(alteration.Resource)
                ? Failed(alteration, ErrorCode.InvalidRequest, $"The request names {alteration.Resource} twice.")
                : Alter(target, alteration));
        }

        return new IncrementalAlterConfigsAnswer(request.RequestId, ErrorCode.None, results.MoveToImmutable());
    }

    private ConfigResult Alter(WorkingImage work, ConfigAlteration alteration)
    {
        if (alteration.Resource.Type != ConfigResourceType.Topic)
        {
            return Failed(
                alteration,
                ErrorCode.InvalidRequest,
                $"The settings of {alteration.Resource} are its host's configuration; those of topics can be changed.");
        }

        var name = alteration.Resource.Name;
        if (work.Image.TryGetTopic(name) is not { } topic)
            return Failed(alteration, ErrorCode.UnknownTopicOrPartition, $"There is no topic \"{name}\".");
        if (work.Count + alteration.Ops.Length > options.MaxRecordsPerOperation)
        {
            return Failed(
                alteration,
                ErrorCode.PolicyViolation,
                $"One request can write {options.MaxRecordsPerOperation} records; with these changes it would be more.");
        }

        var values = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var op in alteration.Ops)
        {
            if (Judge(topic, op, out var value) is { Error: not ErrorCode.None } refusal)
                return Failed(alteration, refusal.Error, refusal.Problem);
            if (!values.TryAdd(op.Name, value))
                return Failed(alteration, ErrorCode.InvalidRequest, $"{op.Name} is changed twice.");
        }

        if (ConflictOf(topic, values) is { } conflict)
            return Failed(alteration, ErrorCode.InvalidConfig, conflict);

        foreach (var (setting, value) in values)
        {
            if (topic.Configs.GetValueOrDefault(setting) != value)
                work.Add(new TopicConfigRecord(topic.Id, setting, value));
        }

        SetMinIsr(work, topic.Id);
        return new ConfigResult(alteration.Resource, ErrorCode.None, null);
    }

    private static string? ConflictOf(TopicImage topic, SortedDictionary<string, string?> values)
    {
        var configs = new SortedDictionary<string, string?>(values, StringComparer.Ordinal);
        foreach (var (name, value) in topic.Configs)
            configs.TryAdd(name, value);
        return TopicConfigs.Conflict(TopicConfigs.Parse(
            configs.Where(config => config.Value is not null).Select(config => KeyValuePair.Create(config.Key, config.Value!))));
    }

    /// <summary>Whether a change is accepted, and which value it leads to; null for the default.</summary>
    private (ErrorCode Error, string Problem) Judge(TopicImage topic, AlterConfigOp op, out string? value)
    {
        value = null;
        if (!TopicConfigs.IsKnown(op.Name))
            return (ErrorCode.InvalidConfig, TopicConfigs.Validate(op.Name, op.Value)!);
        if (op.Type == AlterConfigOpType.Delete)
        {
            // What a topic that does not say gets when it is created.
            value = options.TopicDefaults.GetValueOrDefault(op.Name);
            if (op.Name == TopicConfigs.UncleanLeaderElectionEnable && options.UncleanLeaderElectionEnable)
                value = "true";
            return default;
        }

        if (op.Value is null)
            return (ErrorCode.InvalidRequest, $"{op.Type} of {op.Name} needs a value.");
        if (op.Type != AlterConfigOpType.Set && !TopicConfigs.IsList(op.Name))
        {
            return (ErrorCode.InvalidConfig,
                $"{op.Name} is no list: it can be set or deleted, not {op.Type.ToString().ToLowerInvariant()}ed.");
        }

        value = op.Type switch
        {
            AlterConfigOpType.Append => string.Join(',', Elements(topic, op.Name).Union(Elements(op.Value))),
            AlterConfigOpType.Subtract => string.Join(',', Elements(topic, op.Name).Except(Elements(op.Value))),
            _ => op.Value,
        };
        return TopicConfigs.Validate(op.Name, value) is { } problem ? (ErrorCode.InvalidConfig, problem) : default;
    }

    private static IEnumerable<string> Elements(TopicImage topic, string name) =>
        Elements(topic.Configs.GetValueOrDefault(name, TopicConfigs.DefaultOf(name)));

    private static IEnumerable<string> Elements(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>
    /// Min ISR stands in every partition's registration, so that its leader never counts with another one than the controller
    /// (hazard H6). A change empties the ELR (KAFKA-16540), but not of a partition whose ISR is empty: there nothing has been
    /// committed since, its ELR is as safe as before and all there is.
    /// </summary>
    private void SetMinIsr(WorkingImage work, TopicId topicId)
    {
        var topic = work.Image.TopicsById[topicId];
        foreach (var partition in topic.Partitions)
        {
            var minIsr = EffectiveMinIsr(topic.Settings, partition.Replicas.Length);
            if (minIsr == partition.MinIsr)
                continue;

            var image = work.Image;
            var builder = new PartitionChangeBuilder(partition, broker => IsAcceptable(image, broker, partition.Id))
            {
                Mode = ModeFor(image, partition),
                MinIsr = minIsr,
                ClearElr = !partition.Isr.IsEmpty,
            };
            if (builder.Build() is { } record)
                work.Add(record);
        }
    }

    private static ConfigResult Failed(ConfigAlteration alteration, ErrorCode error, string message) =>
        new(alteration.Resource, error, message);
}
