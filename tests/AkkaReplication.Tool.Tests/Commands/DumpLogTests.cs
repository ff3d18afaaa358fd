using System.Text;
using AkkaReplication.Records;

namespace AkkaReplication.Tool.Tests.Commands;

public sealed class DumpLogTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Prints_the_batches_of_a_partition()
    {
        var partition = Partition("orders-0", Batch(0, "a", "b"), Batch(2, "c"));
        var result = await RunTool.WithAsync("dump-log", partition);

        Assert.Equal(ExitCode.Ok, result.ExitCode);
        Assert.Contains("baseOffset: 0 lastOffset: 1 count: 2", result.Out);
        Assert.Contains("baseOffset: 2 lastOffset: 2 count: 1", result.Out);
        Assert.Contains("partitionLeaderEpoch: 7", result.Out);
        Assert.DoesNotContain("value: value of a", result.Out);
    }

    [Fact]
    public async Task Prints_the_records_when_asked()
    {
        var result = await RunTool.WithAsync("dump-log", Partition("orders-0", Batch(0, "a")), "--records");
        Assert.Equal(ExitCode.Ok, result.ExitCode);
        Assert.Contains("key: a value: value of a", result.Out);
    }

    [Fact]
    public async Task Prints_every_partition_of_a_data_directory()
    {
        Partition("orders-1", Batch(0, "a"));
        Partition("orders-0", Batch(0, "a"));
        var result = await RunTool.WithAsync("dump-log", _data);

        Assert.Equal(ExitCode.Ok, result.ExitCode);
        var first = result.Out.IndexOf("orders-0", StringComparison.Ordinal);
        var second = result.Out.IndexOf("orders-1", StringComparison.Ordinal);
        Assert.InRange(first, 0, second - 1);
    }

    [Fact]
    public async Task Damage_is_shown_and_told_by_the_exit_code()
    {
        var damaged = Batch(0, "a");
        damaged[^2] ^= 1;
        var result = await RunTool.WithAsync("dump-log", Partition("orders-0", damaged, Batch(1, "b")));

        Assert.Equal(ExitCode.PromiseBroken, result.ExitCode);
        Assert.Contains("DAMAGED", result.Out);
        Assert.Contains("isvalid: false", result.Out);
    }

    [Fact]
    public async Task What_is_not_there_or_no_log_is_refused_in_one_line()
    {
        var missing = Path.Combine(_data, "missing");
        await AssertRefusedAsync(missing);
        await AssertRefusedAsync(_data);
        var other = Path.Combine(_data, "notes.txt");
        await File.WriteAllTextAsync(other, "hello");
        await AssertRefusedAsync(other);
    }

    private static async Task AssertRefusedAsync(string path)
    {
        var result = await RunTool.WithAsync("dump-log", path);
        Assert.Equal(ExitCode.BadInput, result.ExitCode);
        Assert.StartsWith($"error: cannot dump {path}: ", result.Error);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    private static byte[] Batch(long baseOffset, params string[] keys)
    {
        var builder = new RecordBatchBuilder(1024);
        foreach (var key in keys)
        {
            var value = Encoding.UTF8.GetBytes($"value of {key}");
            Assert.True(builder.TryAppend(1_000, Encoding.UTF8.GetBytes(key), false, value, false, null, 1 << 20));
        }

        return builder.Build(baseOffset, new LeaderEpoch(7));
    }

    private string Partition(string name, params byte[][] batches)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_data, name)).FullName;
        File.WriteAllBytes(Path.Combine(directory, $"{0:d20}.log"), batches.SelectMany(batch => batch).ToArray());
        return directory;
    }
}
