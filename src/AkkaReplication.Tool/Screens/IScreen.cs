using System.Collections.Immutable;

namespace AkkaReplication.Tool.Screens;

/// <summary>How a line is meant.</summary>
internal enum Tone
{
    /// <summary>Something happened.</summary>
    Neutral,

    /// <summary>The drill does something.</summary>
    Action,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Worth a look.</summary>
    Warning,

    /// <summary>As it must not be.</summary>
    Bad,
}

/// <summary>Shows a drill to a person. Called from several threads; implementations put the calls in order.</summary>
internal interface IScreen : IAsyncDisposable
{
    /// <summary>A line outside the timeline: the introduction, and the results.</summary>
    void Line(Tone tone, string text);

    /// <summary>Begins the timeline of a scenario.</summary>
    void BeginTimeline();

    /// <summary>Something on the timeline.</summary>
    void Event(TimeSpan at, Tone tone, string text);

    /// <summary>How things stand; called several times a second.</summary>
    void Status(DrillStatus status);

    /// <summary>Ends the timeline; what is shown stays.</summary>
    Task EndTimelineAsync();
}

/// <summary>How a drill stands.</summary>
/// <param name="Input">Lines of the input.</param>
internal sealed record DrillStatus(
    TimeSpan Elapsed,
    long Input,
    long Sent,
    long Acknowledged,
    ImmutableArray<BrokerId> Brokers,
    ImmutableArray<PartitionDescription> Partitions);
