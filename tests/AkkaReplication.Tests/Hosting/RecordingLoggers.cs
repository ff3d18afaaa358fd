using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AkkaReplication.Tests.Hosting;

/// <summary>A logger provider that keeps everything.</summary>
internal sealed class RecordingLoggers : ILoggerProvider
{
    public ConcurrentQueue<Entry> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName);

    public void Dispose()
    {
    }

    /// <summary>The first entry that fits, as soon as it is there.</summary>
    public async Task<Entry> FirstAsync(Func<Entry, bool> fits)
    {
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (true)
        {
            if (Entries.FirstOrDefault(fits) is { } found)
                return found;
            if (DateTime.UtcNow > deadline)
                Assert.Fail($"No such entry among {string.Join(Environment.NewLine, Entries)}");
            await Task.Delay(10);
        }
    }

    public sealed record Entry(
        string Category,
        LogLevel Level,
        string Text,
        Exception? Exception,
        IReadOnlyDictionary<string, object?> State);

    private sealed class Recorder(RecordingLoggers all, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            all.Entries.Enqueue(new Entry(
                category,
                logLevel,
                formatter(state, exception),
                exception,
                (state as IEnumerable<KeyValuePair<string, object?>> ?? []).ToDictionary(pair => pair.Key, pair => pair.Value)));
    }
}
