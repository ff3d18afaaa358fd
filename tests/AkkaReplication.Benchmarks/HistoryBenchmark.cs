using System.Diagnostics;
using AkkaReplication.History;

namespace AkkaReplication.Benchmarks;

/// <summary>How long the history checker takes, and how much memory, for ten million operations in a file.</summary>
internal sealed class HistoryBenchmark : IBenchmark
{
    private const int Operations = 10_000_000;
    private const int Keys = 8;
    private const int Producers = 16;
    private const int Readers = 3;
    private const int RecordsPerPoll = 10;
    private const int RecordsPerFinalRead = 1_000;
    private const int ProcessOfReader = 100;
    private const int ProcessOfFinalRead = 1_000;

    public string Name => "history";

    public double Weight => 1;

    public async Task RunAsync(BenchmarkContext context)
    {
        var path = context.Scratch["history.jsonl"];
        var begun = Stopwatch.GetTimestamp();
        Write(path, context.Stop);
        var written = Stopwatch.GetElapsedTime(begun);
        context.Report(
            "history, recorded",
            $"{Operations / written.TotalSeconds:F0} operations/s, {new FileInfo(path).Length >> 20} MiB",
            $"one thread, {Operations} operations to a file");

        GC.Collect();
        await using var memory = new PeakMemory();
        var before = ProcessFigures.Now();
        begun = Stopwatch.GetTimestamp();
        OperationHistory history;
        await using (var file = File.OpenRead(path))
            history = HistoryFile.Read(file, context.Stop);
        var read = Stopwatch.GetElapsedTime(begun);
        begun = Stopwatch.GetTimestamp();
        var report = HistoryChecker.Check(history, ct: context.Stop);
        var judged = Stopwatch.GetElapsedTime(begun);
        if (!report.IsClean || report.Metrics.KeysWithoutFinalRead.Count > 0)
            throw new InvalidOperationException($"The benchmark's own history is not clean: {report}");
        var after = ProcessFigures.Now();
        context.Report(
            "history, checked",
            $"{read.TotalSeconds:F0} s to read, {judged.TotalSeconds:F0} s to judge, "
            + $"{(after.Cpu - before.Cpu).TotalSeconds:F0} s of processor time, "
            + $"{ProcessFigures.MiB(memory.ResidentBytes)} resident at most",
            $"{history.Count} operations with {history.StepCount} steps on {Keys} keys, every value sent once and read "
            + $"{Readers + 1} times, a quarter of the values texts");
    }

    /// <summary>Every reader reads everything, a while after it was written; one send in a hundred has no answer.</summary>
    private static void Write(string path, CancellationToken stop)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        var nowNs = 0L;
        using var recorder = new HistoryRecorder(() => nowNs += 100, file, keep: false);
        var keys = Enumerable.Range(0, Keys).Select(key => HistoryRecorder.KeyOf("bench", key)).ToArray();
        var ends = new long[Keys];
        var positions = new long[Readers, Keys];
        var random = new Random(1);
        for (var operation = 0; operation < Operations;)
        {
            if (operation % 4096 == 0)
                stop.ThrowIfCancellationRequested();
            var key = random.Next(Keys);
            var send = recorder.BeginSend(random.Next(Producers), keys[key], ValueAt(key, ends[key]));
            if (random.Next(100) == 0)
                send.Unknown();
            else
                send.Ok(ends[key]);
            ends[key]++;
            operation++;
            for (var reader = 0; reader < Readers; reader++)
            {
                if (ends[key] - positions[reader, key] < RecordsPerPoll)
                    continue;
                var poll = recorder.BeginPoll(ProcessOfReader + reader);
                for (var count = 0; count < RecordsPerPoll; count++, positions[reader, key]++)
                    poll.Record(keys[key], positions[reader, key], ValueAt(key, positions[reader, key]));
                poll.HighWatermark(keys[key], ends[key]).Ok();
                operation++;
            }
        }

        for (var key = 0; key < Keys; key++)
        {
            for (var offset = 0L; offset <= ends[key];)
            {
                var read = recorder.BeginFinalRead(ProcessOfFinalRead);
                for (var count = 0; count < RecordsPerFinalRead && offset < ends[key]; count++, offset++)
                    read.Record(keys[key], offset, ValueAt(key, offset));
                if (offset == ends[key])
                    read.End(keys[key], offset++);
                read.Ok();
            }
        }
    }

    private static HistoryValue ValueAt(int key, long offset) =>
        key % 4 == 0 ? HistoryValue.Of($"value-{key}-{offset}") : HistoryValue.Of(offset * Keys + key);
}
