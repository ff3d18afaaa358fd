using System.Globalization;
using System.Threading.Channels;
using Spectre.Console;

namespace AkkaReplication.Tool.Screens;

/// <summary>
/// A terminal: events scroll by above, and below them stands a table of the partitions that is redrawn in place. One
/// task
/// owns the terminal while a timeline runs; everything else only posts to it.
/// </summary>
internal sealed class LiveScreen(IAnsiConsole console) : IScreen
{
    private Channel<Action<LiveDisplayContext>>? _posts;
    private Task _drawing = Task.CompletedTask;
    private DrillStatus? _status;

    public void Line(Tone tone, string text)
    {
        if (_posts is not { } posts || !posts.Writer.TryWrite(_ => WriteOver(Styled(tone, text))))
            console.MarkupLine(Styled(tone, text));
    }

    public void BeginTimeline()
    {
        _status = null;
        _posts = Channel.CreateUnbounded<Action<LiveDisplayContext>>(
            new UnboundedChannelOptions { SingleReader = true });
        var posts = _posts.Reader;
        _drawing = console.Live(new Text("")).StartAsync(async live =>
        {
            await foreach (var post in posts.ReadAllAsync().ConfigureAwait(false))
                post(live);
        });
    }

    public void Event(TimeSpan at, Tone tone, string text)
    {
        var time = string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,8:0.000}");
        _posts?.Writer.TryWrite(_ => WriteOver($"[grey]{time}[/] {Styled(tone, text)}"));
    }

    public void Status(DrillStatus status)
    {
        Interlocked.Exchange(ref _status, status);
        _posts?.Writer.TryWrite(live =>
        {
            // Only the newest is worth drawing.
            if (Interlocked.Exchange(ref _status, null) is { } newest)
            {
                live.UpdateTarget(Draw(newest));
                live.Refresh();
            }
        });
    }

    public async Task EndTimelineAsync()
    {
        _posts?.Writer.TryComplete();
        _posts = null;
        await _drawing.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await EndTimelineAsync().ConfigureAwait(false);

    /// <summary>The line comes to stand where the table stood, so it is filled up to its whole width.</summary>
    private void WriteOver(string markup) =>
        console.Write(new Rows(new Align(new Markup(markup), HorizontalAlignment.Left)));

    private static string Styled(Tone tone, string text)
    {
        var escaped = Markup.Escape(text);
        return tone switch
        {
            Tone.Action => $"[bold deepskyblue1]{escaped}[/]",
            Tone.Good => $"[green]{escaped}[/]",
            Tone.Warning => $"[yellow]{escaped}[/]",
            Tone.Bad => $"[bold red]{escaped}[/]",
            _ => escaped,
        };
    }

    private static Rows Draw(DrillStatus status)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey35);
        table.AddColumn("partition");
        table.AddColumn("leader");
        table.AddColumn("epoch");
        table.AddColumn("in sync");
        table.AddColumn(new TableColumn("high watermark").RightAligned());
        foreach (var broker in status.Brokers)
            table.AddColumn(new TableColumn($"broker {broker}").RightAligned());

        foreach (var partition in status.Partitions)
        {
            List<string> cells =
            [
                Markup.Escape(partition.Partition.ToString()),
                partition.Leader.Exists ? $"[bold]broker {partition.Leader}[/]" : "[bold red]none[/]",
                partition.LeaderEpoch.ToString(),
                InSync(partition),
                partition.HighWatermark < 0 ? "[grey]-[/]" : Number(partition.HighWatermark),
            ];
            cells.AddRange(status.Brokers.Select(broker => LogEnd(partition, broker)));
            table.AddRow([.. cells]);
        }

        var progress =
            $" {Bar(status)}  sent {Number(status.Sent)}, acknowledged [bold]{Number(status.Acknowledged)}[/]"
            + string.Create(CultureInfo.InvariantCulture, $"  [grey]{status.Elapsed.TotalSeconds:0.0} s[/]");
        return new Rows(table, new Markup(progress));
    }

    private static string InSync(PartitionDescription partition)
    {
        var colour = partition.Isr.Length == partition.Replicas.Length ? "green"
            : partition.Isr.Length >= partition.MinIsr ? "yellow" : "red";
        var elr = partition.Elr.IsEmpty ? "" : $" [grey]eligible {string.Join(' ', partition.Elr.Order())}[/]";
        return $"[{colour}]{(partition.Isr.IsEmpty ? "none" : string.Join(' ', partition.Isr.Order()))}[/]{elr}";
    }

    private static string LogEnd(PartitionDescription partition, BrokerId broker)
    {
        var replica = partition.LivingReplicas.FirstOrDefault(r => r.Broker == broker);
        if (replica is null)
            return "[red]dead[/]";

        var end = Number(replica.LogEndOffset);
        return partition.Leader == broker ? $"[bold]{end}[/]"
            : partition.Isr.Contains(broker) ? end : $"[yellow]{end}[/]";
    }

    private static string Bar(DrillStatus status)
    {
        const int Width = 24;
        var share = status.Input == 0 ? 1 : Math.Min(1, (double)status.Acknowledged / status.Input);
        var full = (int)(share * Width);
        return $"[green]{new string('━', full)}[/][grey35]{new string('━', Width - full)}[/]";
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
