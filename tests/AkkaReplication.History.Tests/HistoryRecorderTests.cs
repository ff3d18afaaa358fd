namespace AkkaReplication.History.Tests;

public sealed class HistoryRecorderTests
{
    private const string Key = "orders-0";

    [Fact]
    public void Times_never_stand_still_though_the_clock_does()
    {
        using var recorder = new HistoryRecorder(() => 1_000);
        recorder.BeginSend(1, Key, 1).Ok(0);
        recorder.BeginSend(1, Key, 2).Ok(1);

        var history = recorder.Snapshot();
        Assert.Equal((1_000, 1_001), (history[0].InvokedNs, history[0].CompletedNs));
        Assert.Equal((1_002, 1_003), (history[1].InvokedNs, history[1].CompletedNs));
    }

    [Fact]
    public void What_is_under_way_is_in_a_snapshot_with_an_unknown_outcome_and_completes_later()
    {
        using var recorder = new HistoryRecorder();
        var send = recorder.BeginSend(1, Key, "a");
        var before = recorder.Snapshot();
        send.Ok(7);
        var after = recorder.Snapshot();

        Assert.Equal((Outcome.Info, Operation.NeverNs), (before[0].Outcome, before[0].CompletedNs));
        Assert.Equal([OperationStep.Send(Key, "a")], before[0].Steps);
        Assert.Equal(Outcome.Ok, after[0].Outcome);
        Assert.Equal([OperationStep.Send(Key, "a", 7)], after[0].Steps);
    }

    [Fact]
    public void Only_the_first_outcome_counts()
    {
        using var recorder = new HistoryRecorder();
        var send = recorder.BeginSend(1, Key, 1);
        send.Unknown();
        send.Ok(3);

        Assert.Equal(Outcome.Info, Assert.Single(All(recorder.Snapshot())).Outcome);
    }

    [Fact]
    public void What_was_under_way_before_it_was_cleared_does_not_come_back()
    {
        using var recorder = new HistoryRecorder();
        var old = recorder.BeginSend(1, Key, 1);
        recorder.Clear();
        old.Ok(0);
        recorder.Crash(1);

        Assert.Equal(OperationKind.Crash, Assert.Single(All(recorder.Snapshot())).Kind);
    }

    [Fact]
    public void A_stream_gets_what_memory_gets_and_at_the_end_what_is_under_way()
    {
        using var stream = new MemoryStream();
        OperationHistory kept;
        using (var recorder = new HistoryRecorder(output: stream))
        {
            recorder.Assign(2, (Key, 0));
            recorder.BeginSend(1, Key, 1).Ok(0);
            recorder.BeginPoll(2).Record(Key, 0, 1).HighWatermark(Key, 1).Ok();
            recorder.ExcuseLossFrom(Key, 4);
            recorder.BeginSend(1, Key, 2);
            kept = recorder.Snapshot();
        }

        stream.Position = 0;
        Assert.Equal(All(kept).Select(o => o.ToString()), All(HistoryFile.Read(stream)).Select(o => o.ToString()));
    }

    [Fact]
    public async Task Many_threads_record_without_losing_or_mixing_anything()
    {
        const int Threads = 8, Each = 500;
        using var recorder = new HistoryRecorder();
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(process => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                recorder.BeginSend(process, Key, process * Each + i).Ok(process * Each + i);
        })));

        var operations = All(recorder.Snapshot()).ToList();
        Assert.Equal(Threads * Each, operations.Count);
        Assert.Equal(Threads * Each * 2, operations.SelectMany(o => new[] { o.InvokedNs, o.CompletedNs }).Distinct().Count());
        foreach (var operation in operations)
        {
            var step = Assert.Single(operation.Steps);
            Assert.Equal(step.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture), step.Value.ToString());
            Assert.Equal(operation.Process, step.Offset / Each);
        }
    }

    [Fact]
    public void An_operation_that_contradicts_itself_is_refused_and_leaves_no_trace()
    {
        var history = new OperationHistory();
        var backwards = new Operation
        {
            Kind = OperationKind.Send,
            Process = 1,
            InvokedNs = 5,
            CompletedNs = 4,
            Steps = [OperationStep.Send(Key, 1)],
        };
        Assert.Throws<ArgumentException>(() => history.Add(backwards));
        Assert.Throws<ArgumentException>(
            () => history.Add(backwards with { CompletedNs = 6, Kind = OperationKind.Poll }));
        Assert.Equal((0, 0), (history.Count, history.StepCount));
    }

    [Fact]
    public void Some_of_the_operations_are_a_history_of_their_own()
    {
        using var recorder = new HistoryRecorder();
        recorder.BeginSend(1, Key, "a").Ok(0);
        recorder.BeginSend(2, Key, "b").Ok(1);
        recorder.BeginPoll(3).Record(Key, 0, "a").Record(Key, 1, "b").Ok();
        var all = recorder.Snapshot();
        var some = all.Only((kind, process) => kind == OperationKind.Poll || process == 2);

        Assert.Equal((3, 2), (all.Count, some.Count));
        Assert.Equal(all[1] with { Number = 1, Steps = [] }, some[0] with { Steps = [] });
        Assert.Equal(all[2].Steps, some[1].Steps);
    }

    private static IEnumerable<Operation> All(OperationHistory history) =>
        Enumerable.Range(0, history.Count).Select(i => history[i]);
}
