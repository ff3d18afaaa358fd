using System.Globalization;

namespace AkkaReplication.Tool.Screens;

/// <summary>
/// Plain lines, for pipes, files and machines: every line stands for itself, ASCII, nothing is redrawn.
/// </summary>
internal sealed class PlainScreen(TextWriter output) : IScreen
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private TimeSpan _nextProgress = ProgressInterval;

    public void Line(Tone tone, string text)
    {
        lock (_lock)
            output.WriteLine(text);
    }

    public void BeginTimeline() => _nextProgress = ProgressInterval;

    public void Event(TimeSpan at, Tone tone, string text)
    {
        var mark = tone switch { Tone.Action => ">", Tone.Bad => "!", _ => " " };
        lock (_lock)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,8:0.000}s {mark} {text}"));
    }

    public void Status(DrillStatus status)
    {
        lock (_lock)
        {
            if (status.Elapsed < _nextProgress)
                return;

            _nextProgress = status.Elapsed + ProgressInterval;
        }

        var watermarks = string.Join(' ', status.Partitions.Select(p => $"{p.Partition}:{p.HighWatermark}"));
        Event(
            status.Elapsed,
            Tone.Neutral,
            $"sent {status.Sent}, acknowledged {status.Acknowledged}; high watermarks {watermarks}");
    }

    public Task EndTimelineAsync() => Task.CompletedTask;

    public ValueTask DisposeAsync() => new(output.FlushAsync());
}
