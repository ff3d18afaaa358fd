using AkkaReplication.Controller;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Metadata;

public sealed class MetadataHistoryTests
{
    private static readonly ControllerEpoch Current = new(9);

    [Fact]
    public void An_asker_gets_what_follows_in_whole_batches()
    {
        var history = History(keep: 1000, (1, 2), (1, 3), (2, 1));

        var answer = history.Answer(Ask(1, 1), Current);

        Assert.Equal((false, 5L, Current), (answer.Diverging, answer.EndOffset, answer.ControllerEpoch));
        Assert.Equal([2, 5], answer.Batches.Select(b => b.BaseOffset));
        Assert.Equal(3, history.Answer(Ask(-1, -1), Current).Batches.Length);
        Assert.Empty(history.Answer(Ask(5, 2), Current).Batches);
    }

    [Fact]
    public void An_answer_is_limited_but_never_empty_while_there_is_more()
    {
        var history = History(keep: 1000, (1, 2), (1, 30), (2, 1));

        Assert.Equal(2, history.Answer(Ask(-1, -1), Current, maxRecords: 32).Batches.Length);
        Assert.Single(history.Answer(Ask(1, 1), Current, maxRecords: 5).Batches);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(-1, 1)]
    public void A_history_that_is_not_this_one_diverges(long offset, int epoch)
    {
        var history = History(keep: 1000, (1, 2), (1, 3), (2, 1));

        Assert.True(history.Answer(Ask(offset, epoch), Current).Diverging);
    }

    [Fact]
    public void Another_cluster_is_told_so()
    {
        var answer = History(1000, (1, 1)).Answer(new FetchMetadata("another", new(1), -1, ControllerEpoch.None), Current);

        Assert.Equal((ErrorCode.InconsistentClusterId, true), (answer.Error, answer.Diverging));
    }

    [Fact]
    public void Whoever_is_too_far_behind_gets_a_snapshot_and_what_follows_it()
    {
        var history = History(keep: 4, (1, 3), (1, 3), (2, 3));
        Assert.Equal(8, history.Image.Offset);

        var answer = history.Answer(Ask(-1, -1), Current);

        Assert.NotNull(answer.Snapshot);
        Assert.Equal(answer.Snapshot.Offset + 1, answer.Batches[0].BaseOffset);
        Assert.Equal(5, answer.Snapshot.Offset);
        Assert.True(history.Answer(Ask(2, 2), Current).Diverging);
        Assert.Null(history.Answer(Ask(5, 1), Current).Snapshot);
    }

    private static FetchMetadata Ask(long offset, int epoch) => new("c", new(1), offset, new(epoch));

    private static MetadataHistory History(int keep, params (int Epoch, int Count)[] batches)
    {
        var history = new MetadataHistory(MetadataImage.Empty("c"), keep);
        foreach (var (epoch, count) in batches)
        {
            history.Append(new MetadataBatch(
                new(epoch), history.Image.Offset + 1, [.. Enumerable.Repeat(new NoOpRecord(new(epoch)), count)]));
        }

        return history;
    }
}
