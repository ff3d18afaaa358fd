using AkkaReplication.Groups;

namespace AkkaReplication.Kafka.Apis;

/// <summary>Topics that brokers keep their own state in; clients subscribe to them only by name.</summary>
internal static class InternalTopics
{
    public const string ConsumerOffsets = GroupPartitions.Topic;

    public const string TransactionState = "__transaction_state";

    public static bool Contains(string topic) => topic is GroupPartitions.Topic or TransactionState;
}
