using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Configuration;
using AkkaReplication.Metadata;

namespace AkkaReplication.Sessions;

/// <summary>Says which settings are in force: those of topics as this broker knows them, and its own.</summary>
internal static class ConfigAnswers
{
    private static readonly IReadOnlyList<KeyValuePair<string, string>> Defaults =
        ReplicationConfiguration.Describe(new ReplicationSettings());

    public static DescribeConfigsResponse Describe(BrokerContext broker, DescribeConfigsRequest request) =>
        new([.. request.Resources.Select(resource => Describe(broker, resource))]);

    private static ConfigDescription Describe(BrokerContext broker, ConfigResource resource) => resource.Type switch
    {
        ConfigResourceType.Topic => DescribeTopic(broker.Image, resource),
        ConfigResourceType.Broker when resource.Name == broker.Id.ToString() =>
            new ConfigDescription(resource, ErrorCode.None, null, [.. Entries(broker.Settings)]),
        ConfigResourceType.Broker => Refused(
            resource, ErrorCode.InvalidRequest, $"This is broker {broker.Id}; each broker describes itself only."),
        _ => Refused(resource, ErrorCode.InvalidRequest, "Only topics and brokers have settings."),
    };

    private static ConfigDescription DescribeTopic(MetadataImage image, ConfigResource resource)
    {
        if (image.TryGetTopic(resource.Name) is { } topic)
            return new ConfigDescription(resource, ErrorCode.None, null, TopicConfigs.Describe(topic));
        return TopicNames.Validate(resource.Name) is { } problem
            ? Refused(resource, ErrorCode.InvalidTopicException, problem)
            : Refused(resource, ErrorCode.UnknownTopicOrPartition, $"There is no topic \"{resource.Name}\".");
    }

    private static IEnumerable<ConfigEntry> Entries(ReplicationSettings settings) =>
        ReplicationConfiguration.Describe(settings).Zip(Defaults, (now, byDefault) => new ConfigEntry(
            now.Key,
            now.Value,
            now.Value == byDefault.Value ? ConfigSource.DefaultConfig : ConfigSource.StaticBrokerConfig,
            IsReadOnly: true,
            SettingsTable.Find(now.Key)!.Accepts));

    private static ConfigDescription Refused(ConfigResource resource, ErrorCode error, string message) =>
        new(resource, error, message, []);
}
