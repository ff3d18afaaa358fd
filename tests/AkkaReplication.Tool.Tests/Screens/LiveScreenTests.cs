using System.Collections.Immutable;
using AkkaReplication.Replicas;
using AkkaReplication.Tool.Screens;
using Spectre.Console;

namespace AkkaReplication.Tool.Tests.Screens;

public sealed class LiveScreenTests
{
    [Fact]
    public async Task Events_scroll_by_and_the_table_shows_the_newest_state()
    {
        var output = new StringWriter();
        await using (var screen = new LiveScreen(Terminal(output)))
        {
            screen.Line(Tone.Neutral, "before");
            screen.BeginTimeline();
            screen.Event(TimeSpan.FromMilliseconds(1234), Tone.Action, "killing [broker 1]");
            screen.Status(Status(new BrokerId(1), 5));
            screen.Event(TimeSpan.FromMilliseconds(1300), Tone.Good, "broker 2 leads");
            screen.Status(Status(new BrokerId(2), 12_345));
            await screen.EndTimelineAsync();
            screen.Line(Tone.Good, "after");
        }

        var text = output.ToString();
        AssertInOrder(text, "before", "killing [broker 1]", "broker 2 leads", "12,345", "after");
        Assert.Contains("broker 2", text[text.LastIndexOf("high watermark", StringComparison.Ordinal)..]);
    }

    [Fact]
    public async Task A_partition_without_leader_and_a_dead_replica_are_shown_as_such()
    {
        var output = new StringWriter();
        await using (var screen = new LiveScreen(Terminal(output)))
        {
            screen.BeginTimeline();
            screen.Status(Status(BrokerId.None, -1));
            await screen.EndTimelineAsync();
        }

        var row = output.ToString().Split('\n').Last(line => line.Contains("t-0", StringComparison.Ordinal));
        Assert.Contains("none", row);
        Assert.Contains("dead", row);
    }

    [Fact]
    public async Task A_second_timeline_begins_anew()
    {
        var output = new StringWriter();
        await using (var screen = new LiveScreen(Terminal(output)))
        {
            for (var run = 1; run <= 2; run++)
            {
                screen.BeginTimeline();
                screen.Event(TimeSpan.Zero, Tone.Neutral, $"run {run}");
                await screen.EndTimelineAsync();
            }
        }

        AssertInOrder(output.ToString(), "run 1", "run 2");
    }

    private static IAnsiConsole Terminal(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 120;
        return console;
    }

    private static void AssertInOrder(string text, params string[] parts)
    {
        var at = 0;
        foreach (var part in parts)
        {
            at = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(at >= 0, $"'{part}' is missing, or not after the others, in:\n{text}");
        }
    }

    private static DrillStatus Status(BrokerId leader, long highWatermark)
    {
        var epoch = new LeaderEpoch(3);
        ImmutableArray<BrokerId> brokers = [new BrokerId(1), new BrokerId(2)];
        var living = leader.Exists
            ? brokers.Select(broker => Replica(broker, broker == leader ? ReplicaRole.Leader : ReplicaRole.Follower))
            : [];
        var partition = new PartitionDescription(
            new TopicPartition("t", 0),
            TopicId.None,
            leader,
            epoch,
            MinIsr: 2,
            brokers,
            Isr: leader.Exists ? brokers : [],
            Elr: [],
            [.. living]);
        return new DrillStatus(TimeSpan.FromSeconds(1), 100, 50, 40, brokers, [partition]);

        ReplicaDescription Replica(BrokerId broker, ReplicaRole role) =>
            new(broker, role, epoch, 0, highWatermark, highWatermark);
    }
}
