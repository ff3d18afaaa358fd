using AkkaReplication.Records;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Segments;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests.Logs;

/// <summary>What followers are served from memory is, byte for byte, what stands in the file.</summary>
public sealed class RecentAppendsTests
{
    private readonly StorageFixture _fixture = new StorageFixture().Start();

    private PartitionLog Log => _fixture.Log;

    [Fact]
    public void Nothing_is_kept_before_somebody_reads_at_the_end()
    {
        Assert.False(Log.RecentAppends.IsWanted);
        _fixture.Append(1, "a");
        ReadFrom(0);
        Assert.True(Log.RecentAppends.IsWanted);
    }

    [Fact]
    public void Where_it_is_held_nothing_depends_on_the_garbage_collector()
    {
        var fixture = new StorageFixture();
        fixture.Start(fixture.Options with { HoldsRecent = true });
        fixture.Append(1, "a");
        fixture.Log.View().Read(0, 1, 1000, atLeastOneBatch: true);
        fixture.Append(1, "b");
        GC.Collect();
        fixture.Files.Fault = (operation, path) => Assert.NotEqual(FileOperation.Read, operation);
        Assert.True(fixture.Log.View().TryReadFromMemory(1, 2, 1000, out _));
        Assert.False(fixture.Log.View().Read(0, 1, 1000, atLeastOneBatch: true).IsEmpty);
    }

    [Fact]
    public void A_read_far_from_the_end_keeps_nothing()
    {
        for (var i = 0; i < 10; i++)
            _fixture.Append(1, "a");
        Log.View().Read(0, Log.LogEndOffset, 1, atLeastOneBatch: true);
        Assert.False(Log.RecentAppends.IsWanted);
    }

    [Fact]
    public void What_nobody_reads_is_kept_no_longer()
    {
        _fixture.Append(1, "a");
        ReadFrom(0);
        for (var i = 0; i < 100; i++)
            _fixture.Append(1, "a");
        Assert.False(Log.RecentAppends.IsWanted);
    }

    [Fact]
    public void Readers_close_behind_get_the_bytes_of_the_file()
    {
        var random = new Random(5);
        _fixture.Append(1, "first");
        var position = ReadFrom(0);
        for (var step = 0; step < 2_000; step++)
        {
            var values = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new string('x', random.Next(9_000)));
            _fixture.Append(1 + (step / 500), [.. values]);
            if (random.Next(3) > 0)
                position = ReadFrom(position);
            if (random.Next(100) == 0)
            {
                Log.TruncateTo(Math.Max(0, Log.LogEndOffset - random.Next(6)));
                position = Math.Min(position, Log.LogEndOffset);
            }
        }
    }

    [Fact]
    public void What_was_truncated_is_not_read_from_memory()
    {
        _fixture.Append(1, "a");
        ReadFrom(0);
        _fixture.Append(1, "b");
        var old = Log.View();
        Log.TruncateTo(1);
        _fixture.Append(2, "c");

        Assert.True(old.Read(1, 2, 1000, true).IsEmpty);
        Assert.Equal(["0:a", "1:c"], _fixture.ReadAll());
    }

    [Fact]
    public void A_limit_in_bytes_or_offsets_holds_for_kept_batches()
    {
        _fixture.Append(1, "a");
        ReadFrom(0);
        for (var i = 0; i < 5; i++)
            _fixture.Append(1, "a");
        var size = StorageFixture.Batch("a").Length;

        var view = Log.View();
        Assert.Equal(5 * size, view.Read(1, 6, int.MaxValue, false).Length);
        Assert.Equal(3 * size, view.Read(1, 6, (4 * size) - 1, false).Length);
        Assert.Equal(2 * size, view.Read(2, 4, int.MaxValue, false).Length);
        Assert.Equal(size, view.Read(1, 6, 1, true).Length);
        Assert.True(view.Read(1, 6, size - 1, false).IsEmpty);
    }

    /// <summary>Reads to the end, compares with the file, and returns the offset after what was read.</summary>
    private long ReadFrom(long offset)
    {
        var view = Log.View();
        while (offset < view.LogEndOffset)
        {
            var bytes = view.Read(offset, view.LogEndOffset, 50_000, atLeastOneBatch: true);
            Assert.True(BatchHeader.TryRead(bytes.Span, out var header));
            Assert.Equal(offset, header.BaseOffset);
            AssertInFile(bytes);
            var batches = new BatchSequence(bytes);
            while (batches.MoveNext())
                offset = batches.Header.NextOffset;
        }

        return offset;
    }

    private void AssertInFile(ReadOnlyMemory<byte> bytes)
    {
        var path = SegmentFiles.PathOf(StorageFixture.LogDirectory, 0, SegmentFiles.Log);
        using var file = _fixture.Files.Open(path, FileOpenMode.Read);
        var content = new byte[file.Length];
        file.Read(content, 0);
        Assert.True(content.AsSpan().IndexOf(bytes.Span) >= 0, "What was read does not stand in the file.");
    }
}
