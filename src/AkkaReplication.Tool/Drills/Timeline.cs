using System.Diagnostics;
using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills;

/// <summary>The drill's clock, and what is said by it.</summary>
internal sealed class Timeline(IScreen screen)
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public long ElapsedMs => (long)Elapsed.TotalMilliseconds;

    /// <summary>The drill does something.</summary>
    public void Act(string text) => Say(Tone.Action, text);

    public void Say(Tone tone, string text) => screen.Event(Elapsed, tone, text);
}
