using AkkaReplication.Controller;

namespace AkkaReplication;

/// <summary>Some items of a request failed; the others may have been carried out.</summary>
public abstract class PartialFailureException : ReplicationException
{
    private readonly bool _isRetriable;

    private protected PartialFailureException(IReadOnlyList<(string Item, ErrorCode Error, string? Message)> failures)
        : base(failures[0].Error, string.Join("; ", failures.Select(Describe))) =>
        _isRetriable = failures.All(failure => failure.Error.IsRetriable());

    /// <summary>Whether the same request, for the items that failed, may succeed later: true of each of them.</summary>
    public override bool IsRetriable => _isRetriable;

    private static string Describe((string Item, ErrorCode Error, string? Message) failure) =>
        $"{failure.Item}: {failure.Error.KafkaName()} {failure.Message}".TrimEnd();
}

/// <summary>Some topics of a request were refused.</summary>
public sealed class TopicsException : PartialFailureException
{
    public TopicsException(IReadOnlyList<TopicResult> results)
        : base(FailuresIn(results)) => Results = results;

    /// <summary>What became of each topic.</summary>
    public IReadOnlyList<TopicResult> Results { get; }

    private static (string, ErrorCode, string?)[] FailuresIn(IReadOnlyList<TopicResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return [.. results.Where(r => r.Error != ErrorCode.None).Select(r => (r.Name, r.Error, r.Message))];
    }
}

/// <summary>Some resources' settings were not changed.</summary>
public sealed class ConfigsException : PartialFailureException
{
    public ConfigsException(IReadOnlyList<ConfigResult> results)
        : base(FailuresIn(results)) => Results = results;

    /// <summary>What became of each resource.</summary>
    public IReadOnlyList<ConfigResult> Results { get; }

    private static (string, ErrorCode, string?)[] FailuresIn(IReadOnlyList<ConfigResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return
        [
            .. results.Where(r => r.Error != ErrorCode.None).Select(r => (r.Resource.ToString(), r.Error, r.Message)),
        ];
    }
}

/// <summary>Some partitions' records were not deleted everywhere.</summary>
public sealed class DeleteRecordsException : PartialFailureException
{
    public DeleteRecordsException(IReadOnlyList<DeletedRecords> results)
        : base(FailuresIn(results)) => Results = results;

    /// <summary>What became of each partition.</summary>
    public IReadOnlyList<DeletedRecords> Results { get; }

    private static (string, ErrorCode, string?)[] FailuresIn(IReadOnlyList<DeletedRecords> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return
        [
            .. results
                .Where(r => r.Error != ErrorCode.None)
                .Select(r => (r.TopicPartition.ToString(), r.Error, r.Message)),
        ];
    }
}
