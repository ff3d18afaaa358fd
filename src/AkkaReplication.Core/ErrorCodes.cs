using System.Text;

namespace AkkaReplication;

/// <summary>What Kafka's error codes mean to whoever gets one.</summary>
public static class ErrorCodes
{
    /// <summary>
    /// Whether the same request may succeed later without a change of its own: Kafka's RetriableException family.
    /// A retried produce of unknown outcome is safe only for an idempotent producer.
    /// </summary>
    public static bool IsRetriable(this ErrorCode error) => error switch
    {
        ErrorCode.CorruptMessage
            or ErrorCode.UnknownTopicOrPartition
            or ErrorCode.LeaderNotAvailable
            or ErrorCode.NotLeaderOrFollower
            or ErrorCode.RequestTimedOut
            or ErrorCode.BrokerNotAvailable
            or ErrorCode.ReplicaNotAvailable
            or ErrorCode.NetworkException
            or ErrorCode.CoordinatorLoadInProgress
            or ErrorCode.CoordinatorNotAvailable
            or ErrorCode.NotCoordinator
            or ErrorCode.NotEnoughReplicas
            or ErrorCode.NotEnoughReplicasAfterAppend
            or ErrorCode.NotController
            or ErrorCode.KafkaStorageError
            or ErrorCode.FetchSessionIdNotFound
            or ErrorCode.InvalidFetchSessionEpoch
            or ErrorCode.FetchSessionTopicIdError
            or ErrorCode.FencedLeaderEpoch
            or ErrorCode.UnknownLeaderEpoch
            or ErrorCode.OffsetNotAvailable
            or ErrorCode.PreferredLeaderNotAvailable
            or ErrorCode.EligibleLeadersNotAvailable
            or ErrorCode.UnstableOffsetCommit
            or ErrorCode.UnknownTopicId
            or ErrorCode.InconsistentTopicId => true,
        _ => false,
    };

    /// <summary>The name as Kafka's documentation writes it, NOT_ENOUGH_REPLICAS for instance.</summary>
    public static string KafkaName(this ErrorCode error)
    {
        if (error == ErrorCode.InvalidTopicException)
            return "INVALID_TOPIC_EXCEPTION";

        var name = error.ToString();
        var text = new StringBuilder(name.Length + 8);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToUpperInvariant(c));
        }

        return text.ToString();
    }
}
