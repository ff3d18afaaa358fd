using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Cleaning;

/// <summary>
/// The process or the machine dies at every single operation on a file that compaction does: whatever is left is the log
/// before, the log after, or something between in which every key has its newest value.
/// </summary>
public sealed class CompactionCrashTests
{
    private static readonly string[] Values = ["a=3", "b=2", "c=1", "d=1", "x=1", "y=1"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_lost_wherever_the_process_dies(bool merges) => await DieEverywhere(merges, machine: null);

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    public async Task Nothing_is_lost_wherever_the_machine_dies(bool merges, int seed) => await DieEverywhere(merges, new Random(seed));

    private static async Task DieEverywhere(bool merges, Random? machine)
    {
        var operations = await DieAt(int.MaxValue, merges, machine);
        Assert.InRange(operations, 20, 2000);
        for (var at = 1; at <= operations; at++)
        {
            try
            {
                await DieAt(at, merges, machine);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"died at operation {at} of {operations}: {e.Message}", e);
            }
        }
    }

    /// <summary>Dies at an operation of compaction, if there are so many, and says how many there were.</summary>
    private static async Task<int> DieAt(int operation, bool merges, Random? machine)
    {
        var log = new CompactedLog().Start();
        log.Append("a=1", "b=1").Append("a=2").Append("gone=1", "c=1").AppendAs(7, 0, "b=1").Append("gone");
        log.Append("a=3", "b=2", "d=1").Append("x=1").Append("y=1");
        if (merges)
            log.Settings = log.Settings with { SegmentBytes = 300 };
        await log.Log.FlushAsync();
        log.Fixture.Session.CheckpointOffsets();

        var count = 0;
        var dead = false;
        log.Fixture.Files.Fault = (kind, path) =>
        {
            if (kind is FileOperation.Read or FileOperation.AskFreeBytes)
                return;
            dead |= ++count == operation;
            if (dead)
                throw new DeadProcessException($"{kind} of {path}: the process is dead.");
        };
        log.StepBytes = 100;
        log.RunUntilDead(long.MaxValue, maxSteps: 1000);
        log.Fixture.Files.Fault = null;
        if (operation == int.MaxValue)
            return count;

        await log.Fixture.Session.KillAsync();
        if (machine is null)
            log.Fixture.Files.Kill();
        else
            log.Fixture.Files.Crash(machine);
        log.Start();
        Check(log);
        await log.Compact();
        log.Settings = log.Settings with { DeleteRetentionMs = 0 };
        Check(log);
        await log.Fixture.KillAndRestart();
        Check(log);
        return count;
    }

    private static void Check(CompactedLog log)
    {
        Assert.Empty(log.Fixture.Session.Problems);
        Assert.Equal((0, 12), (log.Log.LogStartOffset, log.Log.LogEndOffset));
        var newest = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        var last = -1L;
        foreach (var entry in log.EntriesOnDisk())
        {
            Assert.True(entry.Offset > last, $"offset {entry.Offset} stands behind {last}");
            last = entry.Offset;
            newest[entry.Key!] = entry.Value;
        }

        Assert.Equal(Values, newest.Where(pair => pair.Value is not null).Select(pair => $"{pair.Key}={pair.Value}"));
        Assert.Equal(0, log.Log.Producers.Find(7)!.LastSequence);
        Assert.DoesNotContain(log.FileNames(), name => name.EndsWith(".swap", StringComparison.Ordinal)
            || name.EndsWith(".cleaned", StringComparison.Ordinal) || name.EndsWith(".deleted", StringComparison.Ordinal));
    }
}
