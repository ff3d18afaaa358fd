using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Apis;

/// <summary>
/// The APIs that a listener for clients offers. What is not in it is not advertised, and a request for it ends its
/// connection. Nothing by which a broker or a replica speaks is in it (our rule S1).
/// </summary>
internal static class ApiTable
{
    private static readonly IKafkaApi[] Apis =
    [
        new ProduceApi(),
        new FetchApi(),
        new ListOffsetsApi(),
        new MetadataApi(),
        new OffsetCommitApi(),
        new OffsetFetchApi(),
        new FindCoordinatorApi(),
        new JoinGroupApi(),
        new HeartbeatApi(),
        new LeaveGroupApi(),
        new SyncGroupApi(),
        new DescribeGroupsApi(),
        new ListGroupsApi(),
        new ApiVersionsApi(),
        new CreateTopicsApi(),
        new DeleteTopicsApi(),
        new DeleteRecordsApi(),
        new InitProducerIdApi(),
        new OffsetForLeaderEpochApi(),
        new DescribeConfigsApi(),
        new AlterConfigsApi(),
        new DescribeLogDirsApi(),
        new CreatePartitionsApi(),
        new DeleteGroupsApi(),
        new ElectLeadersApi(),
        new IncrementalAlterConfigsApi(),
        new OffsetDeleteApi(),
        new DescribeClusterApi(),
    ];

    private static readonly IKafkaApi?[] ByKey = MakeByKey();

    /// <summary>Every API, by ascending key.</summary>
    public static IReadOnlyList<IKafkaApi> All => Apis;

    /// <summary>The API, if it is offered in that version.</summary>
    public static bool TryGet(ApiKey key, short version, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IKafkaApi? api)
    {
        api = (ushort)key < ByKey.Length ? ByKey[(ushort)key] : null;
        if (api is not null && (version < api.Offered.Lowest || version > api.Offered.Highest))
            api = null;
        return api is not null;
    }

    private static IKafkaApi?[] MakeByKey()
    {
        var byKey = new IKafkaApi?[(int)Apis.Max(api => api.Key) + 1];
        foreach (var api in Apis)
            byKey[(int)api.Key] = api;
        return byKey;
    }
}
