using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>
/// A client in a process of its own that writes: it takes lines of <c>partition number</c>, and prints <c>number offset</c>
/// when one is acknowledged, or <c>number ?</c>.
/// </summary>
internal sealed class NumberProducer : INumberProducer
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<long?>> _underWay = new();
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Task _reading;

    public NumberProducer(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _reading = ReadAsync();
    }

    public Task<long?> SendAsync(int partition, long number)
    {
        var sent = new TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _underWay[number.ToString(CultureInfo.InvariantCulture)] = sent;
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{partition} {number}"));
        _process.StandardInput.Flush();
        return sent.Task;
    }

    public async Task FinishAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(KafkaCluster.Patience);
        await _reading;
        Assert.True(_process.ExitCode == 0, $"It ended with {_process.ExitCode}: {await _errors}");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Split(' ') is [var number, var offset] && _underWay.TryRemove(number, out var sent))
                sent.SetResult(offset == "?" ? null : long.Parse(offset, CultureInfo.InvariantCulture));
        }

        // It ended and did not tell.
        foreach (var sent in _underWay.Values)
            sent.TrySetResult(null);
    }
}
