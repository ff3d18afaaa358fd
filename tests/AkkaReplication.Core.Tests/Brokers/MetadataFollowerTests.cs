using AkkaReplication.Brokers;
using AkkaReplication.Controller;
using AkkaReplication.Core.Tests.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;

namespace AkkaReplication.Core.Tests.Brokers;

public sealed class MetadataFollowerTests
{
    private static readonly ControllerEpoch Current = new(1);

    private readonly ControllerContext _c = new();
    private readonly EffectList _effects = new();
    private readonly MetadataFollower _follower = Follower(self: 0);
    private int _appended;
    private MetadataHistory _history = new(MetadataImage.Empty(ControllerContext.ClusterId));
    private long _nowMs = 1_000;

    [Fact]
    public void A_broker_asks_for_everything_after_what_it_has()
    {
        Do(() => _follower.Start(_nowMs, _effects));

        Assert.Equal(
            new FetchMetadata(ControllerContext.ClusterId, new(0), -1, ControllerEpoch.None), Sent());
    }

    [Fact]
    public void Before_the_broker_is_registered_no_news_makes_it_ask()
    {
        Do(() => _follower.OnControllerChanged(_nowMs, _effects));
        Assert.Equal(0, _effects.Count);

        Do(() => _follower.OnAdvanced(_nowMs, new MetadataAdvanced(Current, 7), _effects));
        Assert.Equal(0, _effects.Count);

        Do(() => _follower.Start(_nowMs, _effects));
        Assert.Equal(-1, Sent().LastOffset);
    }

    [Fact]
    public void An_answer_to_an_earlier_life_of_the_broker_is_not_carried_out_in_this_one()
    {
        _c.Running(0, 1).Topic("t", [[0, 1]]);
        var late = History().Answer(new FetchMetadata(ControllerContext.ClusterId, new(0), -1, ControllerEpoch.None), Current);

        Do(() => _follower.OnAnswer(_nowMs, late, _effects));
        Assert.Equal(0, _effects.Count);
        Assert.Equal(-1, _follower.Image.Offset);

        Do(() => _follower.Start(_nowMs, _effects));
        Do(() => _follower.OnAnswer(_nowMs, late, _effects));
        Assert.Single(_effects.AsReadOnly().OfType<MetadataApplied>());
    }

    [Fact]
    public void Nothing_is_published_before_the_end_that_was_there_at_first_is_reached()
    {
        _c.Running(0, 1).Topic("t", [[0, 1]]);
        Do(() => _follower.Start(_nowMs, _effects));
        var published = new List<MetadataApplied>();
        for (var i = 0; i < 100 && published.Count == 0; i++)
        {
            var request = Sent();
            Do(() => _follower.OnAnswer(_nowMs, History().Answer(request, Current, maxRecords: 1), _effects));
            published.AddRange(_effects.AsReadOnly().OfType<MetadataApplied>());
        }

        var applied = Assert.Single(published);
        Assert.Equal((-1L, _c.Image.Offset), (applied.Before.Offset, applied.After.Offset));
        Assert.Equal(ControllerInvariants.Bytes(_c.Image), ControllerInvariants.Bytes(applied.After));
        Assert.True(applied.BrokersChanged);
        Assert.Equal([0], applied.Leading.Select(u => u.Registration.Partition));
    }

    [Fact]
    public void A_change_reaches_leaders_followers_and_nobody_else()
    {
        _c.Running(0, 1, 2).Topic("t", [[0, 1], [1, 0], [1, 2], [2, 0]]);
        CatchUp();

        _c.Fence(1);
        var applied = CatchUp();

        Assert.Equal([0, 1], applied.Leading.Select(u => u.Registration.Partition));
        Assert.Empty(applied.Following);
        Assert.True(applied.BrokersChanged);
        Assert.All(applied.Leading, u => Assert.Equal(_c.Image.Offset, u.MetadataOffset));

        _c.SetIsr("t", 0);
        Assert.Equal(0, _c.Partition().PartitionEpoch.Value - 2);
        applied = CatchUp();
        Assert.Equal(0, Assert.Single(applied.Leading).Registration.Partition);
        Assert.False(applied.BrokersChanged);
    }

    [Fact]
    public void Several_batches_are_carried_out_as_one_change()
    {
        _c.Running(0, 1).Topic("t", [[0, 1]]);
        CatchUp();

        _c.Fence(0);
        _c.Unfence(0);
        _c.Fence(1);
        _c.Unfence(1);
        var applied = CatchUp();

        var update = Assert.Single(applied.Following);
        Assert.Equal(_c.Partition().LeaderEpoch, update.Registration.LeaderEpoch);
    }

    [Fact]
    public void A_changed_setting_reaches_the_replicas()
    {
        _c.Running(0).Topic("t", [[0]]);
        CatchUp();

        _c.SetConfigs("t", (TopicConfigs.MaxMessageBytes, "77"));

        Assert.Equal(77, Assert.Single(CatchUp().Leading).Settings.MaxMessageBytes);
    }

    [Fact]
    public void Only_a_deletion_record_deletes_also_what_this_life_has_never_seen()
    {
        // M2. The topic was deleted while the broker was down: its directory is still there.
        _c.Running(0).Topic("t", [[0]]);
        var id = _c.Partition().TopicId;
        _c.Ask<TopicsAnswer>(new DeleteTopics(1, ["t"]));

        var applied = CatchUp();

        Assert.Equal([id], applied.DeletedTopics.AsEnumerable());
        Assert.Empty(applied.Strays);
        _c.Topic("u", [[0]]);
        Assert.Empty(CatchUp().DeletedTopics);
    }

    [Fact]
    public void A_broker_hears_of_which_replicas_the_controller_wants_to_know_the_end()
    {
        // F3.
        _c.Running(0, 1).Topic("t", [[0, 1]], (TopicConfigs.MinInsyncReplicas, "2")).Topic("u", [[0, 1]]);
        _c.RestartLossy(1);
        Assert.Empty(CatchUp().WantedLogEnds);
        _c.RestartLossy(0);
        _c.Partition().Is(isr: [], elr: [], lastKnownElr: [0, 1]);

        Assert.Equal(_c.Partition().Id, Assert.Single(CatchUp().WantedLogEnds, id => id == _c.Partition().Id));
        _c.Unfence(0);
        Assert.Equal([_c.Partition().Id], CatchUp().WantedLogEnds.AsEnumerable());
    }

    [Fact]
    public void What_a_snapshot_no_longer_has_is_set_aside_not_deleted()
    {
        _c.Running(0, 1).Topic("t", [[0], [1]]).Topic("u", [[0]]);
        CatchUp();
        var id = _c.Partition().Id;
        _c.Ask<TopicsAnswer>(new DeleteTopics(1, ["t"]));
        _history = new MetadataHistory(_c.Image);
        _appended = _c.Log.Count;

        var applied = CatchUp();

        Assert.Empty(applied.DeletedTopics);
        Assert.Equal([id], applied.Strays.AsEnumerable());
        Assert.Empty(applied.Leading);
        Assert.Equal(ControllerInvariants.Bytes(_c.Image), ControllerInvariants.Bytes(applied.After));
    }

    [Fact]
    public void A_broker_whose_history_is_unknown_stops_for_good()
    {
        // M1.
        _c.Running(0);
        CatchUp();
        var other = new MetadataHistory(MetadataImage.Empty(ControllerContext.ClusterId));
        other.Append(new MetadataBatch(new(2), 0, [new NoOpRecord(new(2))]));
        Later(2_000);
        var request = Sent();

        Do(() => _follower.OnAnswer(_nowMs, other.Answer(request, new(2)), _effects));

        Assert.Contains("does not know", Single<MetadataDiverged>().Reason, StringComparison.Ordinal);
        Assert.True(_follower.HasDiverged);
        Later(100_000);
        Do(() => _follower.OnAdvanced(_nowMs, new MetadataAdvanced(new(3), 99), _effects));
        Do(() => _follower.OnControllerChanged(_nowMs, _effects));
        Do(() => _follower.OnAnswer(_nowMs, History().Answer(request, new(9)), _effects));
        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void Another_clusters_answer_stops_the_broker_too()
    {
        Do(() => _follower.Start(_nowMs, _effects));
        var other = new MetadataHistory(MetadataImage.Empty("another"));

        Do(() => _follower.OnAnswer(
            _nowMs, other.Answer(new FetchMetadata("another", new(0), -1, ControllerEpoch.None), new(1)), _effects));

        Assert.Contains("another", Single<MetadataDiverged>().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repeated_or_late_answer_changes_nothing_and_a_gap_is_not_jumped()
    {
        _c.Running(0);
        Do(() => _follower.Start(_nowMs, _effects));
        var answer = History().Answer(Sent(), Current);
        Do(() => _follower.OnAnswer(_nowMs, answer, _effects));
        var offset = _follower.Image.Offset;

        Do(() => _follower.OnAnswer(_nowMs, answer, _effects));
        Assert.Empty(_effects.AsReadOnly().OfType<MetadataApplied>());
        _c.Running(1);
        Do(() => _follower.OnAnswer(
            _nowMs, answer with { Batches = [_c.Log[^1]], EndOffset = _c.Image.Offset }, _effects));

        Assert.Equal(offset, _follower.Image.Offset);
        Assert.Equal(offset, Sent().LastOffset);
    }

    [Fact]
    public void An_old_controllers_words_are_not_heard()
    {
        _c.Running(0);
        Do(() => _follower.Start(_nowMs, _effects));
        var request = Sent();
        Do(() => _follower.OnAnswer(_nowMs, History().Answer(request, new(5)), _effects));

        Do(() => _follower.OnAnswer(
            _nowMs, History().Answer(request, new(4)) with { Diverging = true }, _effects));
        Do(() => _follower.OnAdvanced(_nowMs, new MetadataAdvanced(new(4), 999), _effects));

        Assert.Equal(0, _effects.Count);
        Assert.False(_follower.HasDiverged);
    }

    [Fact]
    public void News_is_fetched_at_once_unless_a_fetch_is_under_way()
    {
        _c.Running(0);
        CatchUp();

        Do(() => _follower.OnAdvanced(_nowMs, new MetadataAdvanced(Current, _c.Image.Offset), _effects));
        Assert.Equal(0, _effects.Count);
        Do(() => _follower.OnAdvanced(_nowMs, new MetadataAdvanced(Current, _c.Image.Offset + 1), _effects));
        Assert.Equal(_c.Image.Offset, Sent().LastOffset);
        Do(() => _follower.OnAdvanced(_nowMs, new MetadataAdvanced(Current, _c.Image.Offset + 2), _effects));

        Assert.Equal(0, _effects.Count);
    }

    [Fact]
    public void Lost_news_and_lost_answers_are_made_up_for()
    {
        _c.Running(0);
        CatchUp();
        Assert.Equal(2_000, Single<StartMetadataTimer>().DelayMs);
        Later(2_000);
        Sent();
        Later(999);
        Assert.Empty(_effects.AsReadOnly().OfType<SendFetchMetadata>());
        Later(1);
        Sent();
    }

    [Fact]
    public void A_refusal_is_followed_by_a_pause()
    {
        Do(() => _follower.Start(_nowMs, _effects));

        Do(() => _follower.OnAnswer(
            _nowMs,
            new FetchMetadataAnswer(ControllerContext.ClusterId, Current, ErrorCode.NotController, false, -1, []),
            _effects));

        Assert.Equal(100, Single<StartMetadataTimer>().DelayMs);
        Later(100);
        Sent();
    }

    private static MetadataFollower Follower(int self) => new(
        new MetadataFollowerOptions(ControllerContext.ClusterId, new(self)),
        MetadataImage.Empty(ControllerContext.ClusterId));

    private MetadataApplied CatchUp()
    {
        Do(() => _follower.Start(_nowMs, _effects));
        var request = Sent();
        Do(() => _follower.OnAnswer(_nowMs, History().Answer(request, Current), _effects));
        return Single<MetadataApplied>();
    }

    private MetadataHistory History()
    {
        for (; _appended < _c.Log.Count; _appended++)
            _history.Append(_c.Log[_appended]);
        return _history;
    }

    private void Later(long ms)
    {
        _nowMs += ms;
        Do(() => _follower.OnTimer(_nowMs, _effects));
    }

    private void Do(Action action)
    {
        _effects.Clear();
        action();
    }

    private FetchMetadata Sent() => Single<SendFetchMetadata>().Request;

    private T Single<T>()
        where T : Effect => Assert.Single(_effects.AsReadOnly().OfType<T>());
}
