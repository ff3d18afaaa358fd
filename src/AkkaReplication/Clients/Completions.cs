namespace AkkaReplication.Clients;

/// <summary>Makes reports for callers out of what the machine reports.</summary>
internal static class DeliveryReports
{
    public static DeliveryReport For(RecordsReported report, int index, long timestampMs) => new()
    {
        TopicPartitionOffset = new TopicPartitionOffset(
            report.Partition, report.BaseOffset < 0 ? Offset.Unset : new Offset(report.BaseOffset + index)),
        Timestamp = report.LogAppendTimeMs >= 0
            ? new Timestamp(report.LogAppendTimeMs, Records.TimestampType.LogAppendTime)
            : new Timestamp(timestampMs, Records.TimestampType.CreateTime),
        Status = report.Status,
        Error = report.Error,
        ErrorMessage = report.Message,
    };

    public static DeliveryReport Refused(
        TopicPartition partition, long timestampMs, ErrorCode error, string? message) => new()
        {
            TopicPartitionOffset = new TopicPartitionOffset(partition, Offset.Unset),
            Timestamp = new Timestamp(timestampMs, Records.TimestampType.CreateTime),
            Status = PersistenceStatus.NotPersisted,
            Error = error,
            ErrorMessage = message,
        };
}

/// <summary>A caller awaits the record.</summary>
internal sealed class AwaitedDelivery(long timestampMs)
    : TaskCompletionSource<DeliveryResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _cancellation;

    /// <summary>Ends the waiting, not the delivery.</summary>
    public void CancelOn(CancellationToken ct)
    {
        _cancellation = ct.UnsafeRegister(
            static (self, token) => ((AwaitedDelivery)self!).TrySetCanceled(token), this);
        if (Task.IsCompleted)
            _cancellation.Unregister();
    }

    public void Complete(RecordsReported reported, int index)
    {
        var report = DeliveryReports.For(reported, index, timestampMs);
        if (report.Error == ErrorCode.None)
        {
            TrySetResult(new DeliveryResult
            {
                TopicPartitionOffset = report.TopicPartitionOffset,
                Timestamp = report.Timestamp,
                Status = report.Status,
            });
        }
        else
        {
            TrySetException(new ProduceException(report));
        }

        _cancellation.Unregister();
    }
}
