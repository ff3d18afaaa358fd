using AkkaReplication.Clients;

namespace AkkaReplication.Benchmarks;

/// <summary>Writes as many records to each partition of <see cref="ManyPartitions.Topic"/>, as fast as the cluster takes them.</summary>
internal sealed class EvenLoad : IDisposable
{
    private const int RecordBytes = 1024;

    private readonly AutoResetEvent _reported = new(false);
    private RecordsReported? _failure;

    /// <summary>Ends when all records are acknowledged.</summary>
    public static async Task WriteAsync(ManyPartitions many, int partitions, int recordsPerPartition)
    {
        using var load = new EvenLoad();
        var producer = many.Client.CreateRawProducer(load.OnReported);
        await using var ending = producer.ConfigureAwait(false);
        await Task.Factory.StartNew(
            () => load.Write(producer, partitions, recordsPerPartition),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).ConfigureAwait(false);
        await producer.FlushAsync().ConfigureAwait(false);
        load.ThrowIfFailed();
    }

    public void Dispose() => _reported.Dispose();

    private void Write(RawProducer producer, int partitions, int recordsPerPartition)
    {
        var value = new byte[RecordBytes];
        new Random(1).NextBytes(value);
        for (var partition = 0; partition < partitions; partition++)
        {
            for (var i = 0; i < recordsPerPartition; i++)
            {
                while (!producer.TryProduce(ManyPartitions.Topic, partition, default, value))
                {
                    _reported.WaitOne();
                    ThrowIfFailed();
                }
            }
        }
    }

    private void OnReported(RecordsReported report)
    {
        if (report.Error != ErrorCode.None)
            _failure ??= report;
        _reported.Set();
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
            throw new InvalidOperationException($"{failure.Partition}: {failure.Error} {failure.Message}");
    }
}
