using AkkaReplication.Clients;

namespace AkkaReplication.Kafka.Clients.Calls;

/// <summary>Says in Kafka's protocol what clients ask of brokers.</summary>
internal static class KafkaCalls
{
    /// <exception cref="ReplicationException">
    /// UNSUPPORTED_VERSION: there is no such call. Those of groups are refused before (<see cref="GroupCalls"/>).
    /// </exception>
    public static KafkaCall Translate(ClientCall call, RemoteCluster cluster)
    {
        var (id, topics) = (call.CorrelationId, cluster.Topics);
        return call.Request switch
        {
            ProduceRequest produce => new ProduceCall(id, produce, topics),
            FetchRequest fetch => new FetchCall(id, fetch, topics),
            MetadataRequest metadata => new MetadataCall(id, metadata, cluster),
            ListOffsetsRequest offsets => new ListOffsetsCall(id, offsets, topics),
            OffsetForLeaderEpochRequest epochs => new OffsetForLeaderEpochCall(id, epochs, topics),
            InitProducerIdRequest => new InitProducerIdCall(id),
            CreateTopicsRequest create => new CreateTopicsCall(id, create),
            DeleteTopicsRequest delete => new DeleteTopicsCall(id, delete),
            CreatePartitionsRequest grow => new CreatePartitionsCall(id, grow),
            ElectLeadersRequest elect => new ElectLeadersCall(id, elect),
            IncrementalAlterConfigsRequest alter => new IncrementalAlterConfigsCall(id, alter),
            DescribeConfigsRequest describe => new DescribeConfigsCall(id, describe),
            DeleteRecordsRequest delete => new DeleteRecordsCall(id, delete, topics),
            DescribeLogDirsRequest describe => new DescribeLogDirsCall(id, describe),
            _ => throw new ReplicationException(
                ErrorCode.UnsupportedVersion, $"{call.Request.GetType().Name} is not available over this transport."),
        };
    }

    /// <summary>
    /// The error of the request as a whole: Kafka puts it into each of the results. Only such as another attempt may mend.
    /// </summary>
    public static ErrorCode ErrorOfAll<T>(IReadOnlyCollection<T> results, Func<T, ErrorCode> errorOf)
    {
        var error = results.Count == 0 ? ErrorCode.None : errorOf(results.First());
        return error is ErrorCode.NotController or ErrorCode.RequestTimedOut && results.All(r => errorOf(r) == error)
            ? error
            : ErrorCode.None;
    }
}
