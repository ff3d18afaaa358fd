using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>
/// A kcat for each partition. It reports deliveries without saying of what, but of what it read first it tells first.
/// </summary>
internal sealed partial class KcatNumberProducer : INumberProducer
{
    private readonly Partition[] _partitions;

    public KcatNumberProducer(string servers, params string[] settings) => _partitions =
        [.. Enumerable.Range(0, Trial.Partitions).Select(partition => new Partition(servers, partition, settings))];

    public Task<long?> SendAsync(int partition, long number) => _partitions[partition].SendAsync(number);

    public Task FinishAsync() => Task.WhenAll(_partitions.Select(partition => partition.FinishAsync()));

    public void Dispose()
    {
        foreach (var partition in _partitions)
            partition.Dispose();
    }

    [GeneratedRegex(@"Message delivered to partition \d+ \(offset (\d+)\)")]
    private static partial Regex Delivered();

    private sealed class Partition : IDisposable
    {
        /// <summary>It takes its input by the KiB; so a few numbers are one.</summary>
        private const string Width = "D255";

        private readonly ConcurrentQueue<TaskCompletionSource<long?>> _underWay = new();
        private readonly Process _process;
        private readonly Task _reading;

        public Partition(string servers, int partition, string[] settings)
        {
            string[] arguments =
            [
                "-P", "-E", "-vv", "-t", Trial.Topic, "-p", partition.ToString(CultureInfo.InvariantCulture),
                "-X", "acks=all", "-X", "enable.idempotence=true", "-X", "linger.ms=1",
                "-X", "topic.produce.offset.report=true", .. settings,
            ];
            _process = Kcat.Start(servers, arguments);
            _reading = ReadAsync();
        }

        public Task<long?> SendAsync(long number)
        {
            var sent = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
            _underWay.Enqueue(sent);
            _process.StandardInput.WriteLine(number.ToString(Width, CultureInfo.InvariantCulture));
            _process.StandardInput.Flush();
            return sent.Task;
        }

        public async Task FinishAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(KafkaCluster.Patience);
            await _reading;
        }

        public void Dispose()
        {
            _process.Kill(entireProcessTree: true);
            _process.Dispose();
        }

        private async Task ReadAsync()
        {
            while (await _process.StandardError.ReadLineAsync() is { } line)
            {
                if (Delivered().Match(line) is { Success: true } delivered)
                    Next()?.SetResult(long.Parse(delivered.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
                else if (line.Contains("Delivery failed", StringComparison.Ordinal))
                    Next()?.SetResult(null);
            }

            while (Next() is { } untold)
                untold.SetResult(null);
        }

        private TaskCompletionSource<long?>? Next() => _underWay.TryDequeue(out var sent) ? sent : null;
    }
}
