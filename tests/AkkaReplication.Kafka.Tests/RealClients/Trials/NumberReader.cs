using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>A client in a process of its own that reads: it prints <c>partition offset number</c> for each record.</summary>
internal sealed class NumberReader : IDisposable
{
    private readonly ConcurrentQueue<string> _told = new();
    private readonly Process _process;

    public NumberReader(Process process, Action<int, long, long> onRead)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _told.Enqueue(line.Data ?? "");
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.Split(' ') is [var partition, var offset, var number])
                onRead(int.Parse(partition, CultureInfo.InvariantCulture), NumberOf(offset), NumberOf(number));
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    public override string ToString() => $"A reader told:\n{string.Join('\n', _told.TakeLast(20))}";

    private static long NumberOf(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
