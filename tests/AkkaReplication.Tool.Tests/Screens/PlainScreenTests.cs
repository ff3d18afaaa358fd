using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Tests.Screens;

public sealed class PlainScreenTests
{
    [Fact]
    public async Task Every_line_stands_for_itself_and_progress_comes_only_now_and_then()
    {
        var output = new StringWriter { NewLine = "\n" };
        await using (var screen = new PlainScreen(output))
        {
            screen.Line(Tone.Neutral, "before");
            screen.BeginTimeline();
            screen.Event(TimeSpan.FromMilliseconds(1234), Tone.Action, "killing broker 1");
            screen.Event(TimeSpan.FromMilliseconds(1300), Tone.Good, "broker 2 leads");
            for (var second = 0; second <= 5; second++)
                screen.Status(Status(second));
            await screen.EndTimelineAsync();
            screen.Line(Tone.Good, "after");
        }

        Assert.Equal(
            """
            before
               1.234s > killing broker 1
               1.300s   broker 2 leads
               2.000s   sent 20, acknowledged 10; high watermarks t-0:-1
               4.000s   sent 40, acknowledged 20; high watermarks t-0:-1
            after

            """.ReplaceLineEndings("\n"),
            output.ToString());
    }

    private static DrillStatus Status(int second) => new(
        TimeSpan.FromSeconds(second), 100, second * 10, second * 5, [new BrokerId(1)],
        [
            new PartitionDescription(
                new TopicPartition("t", 0),
                TopicId.None,
                BrokerId.None,
                new LeaderEpoch(0),
                MinIsr: 2,
                [new BrokerId(1)],
                [],
                [],
                []),
        ]);
}
