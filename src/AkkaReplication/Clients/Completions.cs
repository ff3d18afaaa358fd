using Akka.Event;
using AkkaReplication.Records;

namespace AkkaReplication.Clients;

/// <summary>Makes reports for callers out of what the machine reports.</summary>
internal static class DeliveryReports
{
    public static DeliveryReport For(RecordsReported report, int index, long timestampMs) => new()
    {
        TopicPartitionOffset = new TopicPartitionOffset(
            report.Partition, report.BaseOffset < 0 ? Offset.Unset : new Offset(report.BaseOffset + index)),
        Timestamp = report.LogAppendTimeMs >= 0
            ? new Timestamp(report.LogAppendTimeMs, TimestampType.LogAppendTime)
            : new Timestamp(timestampMs, TimestampType.CreateTime),
        Status = report.Status,
        Error = report.Error,
        ErrorMessage = report.Message,
    };

    public static DeliveryReport Refused(in ProducerRecord record, AppendResult result) => new()
    {
        TopicPartitionOffset = new TopicPartitionOffset(record.Topic, record.Partition, Offset.Unset),
        Timestamp = new Timestamp(record.TimestampMs, TimestampType.CreateTime),
        Status = PersistenceStatus.NotPersisted,
        Error = result.Error,
        ErrorMessage = result.Message,
    };
}

/// <summary>A caller awaits the record.</summary>
internal sealed class AwaitedDelivery(long timestampMs)
    : TaskCompletionSource<DeliveryResult>(TaskCreationOptions.RunContinuationsAsynchronously), IDeliveryCompletion
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
            TrySetResult(report);
        else
            TrySetException(new ProduceException(report));
        _cancellation.Unregister();
    }
}

/// <summary>A caller wants to be called back.</summary>
internal sealed class HandledDelivery(Action<DeliveryReport> handler, long timestampMs, ILoggingAdapter log)
    : IDeliveryCompletion
{
    public void Complete(RecordsReported reported, int index)
    {
        try
        {
            handler(DeliveryReports.For(reported, index, timestampMs));
        }
        catch (Exception e)
        {
            // The other records' reports must not suffer.
            log.Error(e, "A delivery handler threw for {0}", reported.Partition);
        }
    }
}
