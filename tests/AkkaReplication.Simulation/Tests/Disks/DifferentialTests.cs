using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AkkaReplication.Simulation.Disks.RealStorage;
using Xunit;
using Xunit.Abstractions;

namespace AkkaReplication.Simulation.Tests.Disks;

/// <summary>
/// Random operations on both kinds of disk at once. A failure names its seed; AKKAREPL_DISK_SEED runs that one,
/// AKKAREPL_DISK_SEEDS so many.
/// </summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 60;

    [Fact]
    public void Memory_and_storage_agree_while_nothing_is_lost() => ForEachSeed(seed =>
        new DiskRun(seed, [DiskUnderTest.Memory(seed), DiskUnderTest.Storage(seed, mostOpenFiles: 1000)], losesPower: false));

    [Fact]
    public void Memory_keeps_what_a_disk_must_keep_through_power_losses() => ForEachSeed(seed =>
        new DiskRun(seed, [DiskUnderTest.Memory(seed)], losesPower: true));

    [Fact]
    public void Storage_keeps_what_a_disk_must_keep_through_power_losses() => ForEachSeed(seed =>
        new DiskRun(seed, [DiskUnderTest.Storage(seed)], losesPower: true));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Storage_keeps_what_a_disk_must_keep_when_it_dies_in_the_middle(bool losesPower) => ForEachSeed(seed =>
    {
        var disk = DiskUnderTest.Storage(seed);
        return new DiskRun(seed, [disk], losesPower, (StorageDisk)disk.Disk);
    });

    [Theory]
    [InlineData("memory")]
    [InlineData("storage")]
    public void The_same_seed_gives_the_same_history(string kind)
    {
        for (ulong seed = 1000; seed < 1010; seed++)
        {
            string first = Run(), second = Run();
            Assert.Equal(first, second);
            output.WriteLine($"{kind} {seed}: {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(first)))}");

            string Run()
            {
                GC.Collect();
                var run = new DiskRun(seed, [DiskUnderTest.Of(kind, seed)], losesPower: true);
                run.Execute();
                return string.Join('\n', run.Trace) + run.State();
            }
        }
    }

    private void ForEachSeed(Func<ulong, DiskRun> make)
    {
        var only = Environment.GetEnvironmentVariable("AKKAREPL_DISK_SEED");
        var count = ulong.Parse(
            Environment.GetEnvironmentVariable("AKKAREPL_DISK_SEEDS") ?? $"{DefaultSeeds}", CultureInfo.InvariantCulture);
        var first = only is null ? 1 : ulong.Parse(only, CultureInfo.InvariantCulture);
        for (var seed = first; seed < first + (only is null ? count : 1); seed++)
        {
            var run = make(seed);
            try
            {
                run.Execute();
            }
            catch (Exception e)
            {
                output.WriteLine(string.Join('\n', run.Trace));
                throw new InvalidOperationException($"AKKAREPL_DISK_SEED={seed}, step {run.Trace.Count}: {e.Message}", e);
            }
        }
    }
}
