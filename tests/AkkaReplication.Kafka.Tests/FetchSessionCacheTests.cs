using AkkaReplication.Kafka.FetchSessions;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests;

/// <summary>KIP-227's rules of fetch sessions, without a broker.</summary>
public sealed class FetchSessionCacheTests
{
    private const int Eviction = FetchSessionCache.EvictionMs;

    private long _nowMs = 1_000;

    [Fact]
    public void A_fetch_of_epoch_0_opens_a_session_and_one_of_epoch_minus_1_none()
    {
        var cache = new FetchSessionCache(10);

        var opened = Answer(cache, Full("t", 0, 1));
        var without = Answer(cache, Full("t", [0, 1], -1));

        Assert.NotEqual(0, opened.SessionId);
        Assert.Null(opened.Answered);
        Assert.Equal(0, without.SessionId);
        Assert.Equal((1, 2L), (cache.Count, cache.Partitions));
    }

    [Fact]
    public void The_number_of_a_session_is_neither_0_nor_that_of_another()
    {
        var numbers = new Queue<int>([0, 5, 5, 0, 5, 6]);
        var cache = new FetchSessionCache(10, numbers.Dequeue);

        Assert.Equal(5, Answer(cache, Full("t", 0)).SessionId);
        Assert.Equal(6, Answer(cache, Full("t", 0)).SessionId);
    }

    [Fact]
    public void Only_what_is_new_is_answered()
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0, 1, 2, 3)).SessionId;

        Assert.Equal([], Answer(cache, Next(id, 1)).Answered!);

        var moved = Begin(cache, Next(id, 2));
        FetchResponse.FetchPartition[] outcomes =
        [
            Outcome(highWatermark: 11), Outcome(logStart: 1), Outcome(error: ErrorCode.NotLeaderOrFollower), Outcome(),
        ];
        Assert.Equal([0, 1, 2], moved.Conclude(_nowMs, outcomes).Answered!);

        // The end of the error is news; what has been told is not.
        outcomes[2] = Outcome();
        Assert.Equal([2], Begin(cache, Next(id, 3)).Conclude(_nowMs, outcomes).Answered!);
        Assert.Equal([], Begin(cache, Next(id, 4)).Conclude(_nowMs, outcomes).Answered!);

        outcomes[3].DivergingEpoch = new FetchResponse.EpochEndOffset { Epoch = 1, EndOffset = 5 };
        Assert.Equal([3], Begin(cache, Next(id, 5)).Conclude(_nowMs, outcomes).Answered!);
    }

    [Fact]
    public void Whoever_was_given_records_is_read_last_the_next_time()
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0, 1, 2)).SessionId;
        var read = new List<int>();

        // As with a max.bytes that lets the first one through alone.
        for (var epoch = 1; epoch <= 6; epoch++)
        {
            var fetch = Begin(cache, Next(id, epoch));
            read.Add(fetch.Targets[0].Key.Partition);
            fetch.Conclude(_nowMs, [Outcome(records: "r"), Outcome(), Outcome()]);
        }

        Assert.Equal([0, 1, 2, 0, 1, 2], read);
    }

    [Fact]
    public void A_session_follows_its_client_and_forgets_what_it_forgets()
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0, 1)).SessionId;

        var moved = Next(id, 1, ("t", 1, 7), ("u", 0, 9));
        Assert.Equal(["t-0@0", "t-1@7", "u-0@9"], Targets(Begin(cache, moved)));

        var forgetting = Next(id, 2);
        forgetting.ForgottenTopics = [new() { Topic = "t", Partitions = [0, 5] }, new() { Topic = "x", Partitions = [0] }];
        Assert.Equal(["t-1@7", "u-0@9"], Targets(Begin(cache, forgetting)));
        Assert.Equal(2, cache.Partitions);
    }

    [Fact]
    public void A_session_of_nothing_ends()
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0)).SessionId;
        var forgetting = Next(id, 1);
        forgetting.ForgottenTopics = [new() { Topic = "t", Partitions = [0] }];

        var answer = Answer(cache, forgetting);

        Assert.Equal((ErrorCode.None, 0), (answer.Error, answer.SessionId));
        Assert.Equal((0, 0L), (cache.Count, cache.Partitions));
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(id, 2)).Error);
        Assert.Equal(0, Answer(cache, Full("t")).SessionId);
    }

    [Fact]
    public void Epochs_follow_each_other_and_go_on_at_1()
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0)).SessionId;

        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, Begin(cache, Next(id, 2)).Error);
        Assert.Equal(ErrorCode.None, Begin(cache, Next(id, 1)).Error);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, Begin(cache, Next(id, 1)).Error);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(id + 1, 2)).Error);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(0, 1)).Error);
        Assert.Equal(1, SessionEpochs.After(int.MaxValue));
    }

    [Fact]
    public void An_answer_that_its_client_no_longer_waits_for_is_none()
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0)).SessionId;
        var parked = Begin(cache, Next(id, 1));

        Assert.Equal([0], Begin(cache, Next(id, 2)).Conclude(_nowMs, [Outcome(highWatermark: 11)]).Answered!);

        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, parked.Conclude(_nowMs, [Outcome()]).Error);
        Assert.Equal([], Begin(cache, Next(id, 3)).Conclude(_nowMs, [Outcome(highWatermark: 11)]).Answered!);
    }

    [Fact]
    public void A_session_by_names_is_none_by_ids()
    {
        var cache = new FetchSessionCache(10);
        var topic = Guid.NewGuid();
        var full = Full("", 0);
        full.Topics[0].TopicId = topic;
        var byId = Begin(cache, full, usesTopicIds: true).Conclude(_nowMs, [Outcome()]).SessionId;
        var byName = Answer(cache, Full("t", 0)).SessionId;

        Assert.Equal(ErrorCode.FetchSessionTopicIdError, Begin(cache, Next(byId, 1)).Error);
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, Begin(cache, Next(byName, 1), usesTopicIds: true).Error);

        var next = Begin(cache, Next(byId, 1), usesTopicIds: true);
        Assert.Equal(new FetchKey("", topic, 0), Assert.Single(next.Targets).Key);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_client_that_starts_anew_closes_what_it_had(int epoch)
    {
        var cache = new FetchSessionCache(10);
        var id = Answer(cache, Full("t", 0, 1)).SessionId;
        var anew = Full("t", [0], epoch);
        anew.SessionId = id;

        var next = Answer(cache, anew).SessionId;

        Assert.NotEqual(id, next);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(id, 1)).Error);
        Assert.Equal(epoch == 0 ? 1 : 0, cache.Count);
    }

    [Fact]
    public void A_session_makes_room_when_it_was_not_used_for_two_minutes()
    {
        var cache = new FetchSessionCache(2);
        var idle = Answer(cache, Full("t", 0, 1, 2)).SessionId;
        var busy = Answer(cache, Full("t", 0)).SessionId;
        Assert.Equal(0, Answer(cache, Full("t", 0, 1, 2, 3)).SessionId);

        _nowMs += Eviction;
        Assert.Equal(ErrorCode.None, Begin(cache, Next(busy, 1)).Error);
        Assert.Equal(0, Answer(cache, Full("t", 0)).SessionId);
        _nowMs += 1;

        Assert.NotEqual(0, Answer(cache, Full("t", 0)).SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(idle, 1)).Error);
        Assert.Equal(ErrorCode.None, Begin(cache, Next(busy, 2)).Error);
        Assert.Equal((2, 1L), (cache.Count, cache.Evictions));
    }

    [Fact]
    public void An_old_session_makes_room_for_a_larger_one_and_a_young_one_does_not()
    {
        var cache = new FetchSessionCache(2);
        var large = Answer(cache, Full("t", 0, 1, 2)).SessionId;
        var small = Answer(cache, Full("t", 0, 1)).SessionId;
        _nowMs += Eviction + 1;
        Assert.Equal(ErrorCode.None, Begin(cache, Next(large, 1)).Error);
        Assert.Equal(ErrorCode.None, Begin(cache, Next(small, 1)).Error);

        Assert.Equal(0, Answer(cache, Full("t", 0, 1)).SessionId);
        Assert.NotEqual(0, Answer(cache, Full("t", 0, 1, 2)).SessionId);

        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(small, 2)).Error);
        Assert.Equal(ErrorCode.None, Begin(cache, Next(large, 2)).Error);
        Assert.Equal((2, 6L), (cache.Count, cache.Partitions));
    }

    [Fact]
    public void Clients_hold_no_more_partitions_than_there_is_room_for()
    {
        const int Most = FetchSessionCache.MostPartitionsOfSession;
        var cache = new FetchSessionCache(10);
        Assert.Equal(0, Answer(cache, Full("t", [.. Enumerable.Range(0, Most + 1)])).SessionId);
        var half = Answer(cache, Full("t", [.. Enumerable.Range(0, Most / 2)])).SessionId;
        var other = Answer(cache, Full("t", [.. Enumerable.Range(0, Most / 2)])).SessionId;
        Assert.Equal(0, Answer(cache, Full("t", 0)).SessionId);
        Assert.Equal(Most, cache.Partitions);

        // One that grows beyond it gives up its own.
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(half, 1, ("u", 0, 0))).Error);

        Assert.Equal((1, Most / 2L), (cache.Count, cache.Partitions));
        Assert.Equal(ErrorCode.None, Begin(cache, Next(other, 1)).Error);
    }

    [Fact]
    public void What_no_topic_can_be_called_is_not_kept()
    {
        var cache = new FetchSessionCache(10);
        Assert.Equal(0, Answer(cache, Full(new string('t', 10_000), 0)).SessionId);
        var id = Answer(cache, Full("t", 0)).SessionId;

        Assert.Equal(ErrorCode.FetchSessionIdNotFound, Begin(cache, Next(id, 1, ("a/b", 0, 0))).Error);

        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void What_is_listed_twice_opens_no_session()
    {
        var cache = new FetchSessionCache(10);

        Assert.Equal(0, Answer(cache, Full("t", 0, 0)).SessionId);
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void Without_slots_there_are_no_sessions()
    {
        var cache = new FetchSessionCache(0);

        Assert.Equal(0, Answer(cache, Full("t", 0)).SessionId);
    }

    [Fact]
    public void Random_clients_never_hold_more_than_there_is_and_what_they_hold_is_counted()
    {
        var seed = Environment.GetEnvironmentVariable("FETCH_SESSION_SEED") is { } given
            ? int.Parse(given)
            : Random.Shared.Next();
        var random = new Random(seed);
        var cache = new FetchSessionCache(8);
        var clients = new Dictionary<int, (int Id, int Epoch, HashSet<int> Partitions)>();
        for (var step = 0; step < 5_000; step++)
        {
            _nowMs += random.Next(10_000);
            var client = random.Next(20);
            var partitions = Enumerable.Range(0, 12).Where(_ => random.Next(2) == 0).ToArray();
            if (clients.TryGetValue(client, out var has) && random.Next(10) > 0)
            {
                var next = Next(has.Id, has.Epoch, [.. partitions.Select(p => ("t", p, 1L))]);
                next.ForgottenTopics = [new() { Topic = "t", Partitions = [random.Next(12)] }];
                has.Partitions.UnionWith(partitions);
                has.Partitions.Remove(next.ForgottenTopics[0].Partitions[0]);
                var fetch = Begin(cache, next);
                if (fetch.Error == ErrorCode.None && has.Partitions.Count > 0)
                {
                    Assert.True(
                        has.Partitions.SetEquals(fetch.Targets.Select(t => t.Key.Partition)), $"seed {seed}, step {step}");
                    clients[client] = has with { Epoch = SessionEpochs.After(has.Epoch) };
                }
                else
                {
                    Assert.True(fetch.Error is ErrorCode.None or ErrorCode.FetchSessionIdNotFound, $"seed {seed}, step {step}");
                    clients.Remove(client);
                }
            }
            else if (Answer(cache, Full("t", partitions)).SessionId is var id and not 0)
            {
                clients[client] = (id, 1, [.. partitions]);
            }

            Assert.True(cache.Count <= 8 && cache.Partitions <= 8 * 12, $"seed {seed}, step {step}");
        }

        // A client's last word closes its session, and the books are closed with it.
        foreach (var (id, _, _) in clients.Values)
            Answer(cache, new FetchRequest { SessionId = id, SessionEpoch = -1 });
        _nowMs += Eviction + 1;
        for (var i = 0; i < 8; i++)
            Assert.NotEqual(0, Answer(cache, Full("t", 0)).SessionId);
        Assert.True((8, 8L) == (cache.Count, cache.Partitions), $"seed {seed}");
    }

    private static FetchRequest Full(string topic, params int[] partitions) => Full(topic, partitions, 0);

    private static FetchRequest Full(string topic, int[] partitions, int epoch) => new()
    {
        SessionEpoch = epoch,
        Topics = [new() { Topic = topic, Partitions = [.. partitions.Select(p => Partition(p, 0))] }],
    };

    private static FetchRequest Next(int id, int epoch, params (string Topic, int Partition, long Offset)[] partitions) => new()
    {
        SessionId = id,
        SessionEpoch = epoch,
        Topics =
        [
            .. partitions.Select(p => new FetchRequest.FetchTopic
            {
                Topic = p.Topic,
                Partitions = [Partition(p.Partition, p.Offset)],
            }),
        ],
    };

    private static FetchRequest.FetchPartition Partition(int partition, long offset) =>
        new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = 1_000 };

    private static FetchResponse.FetchPartition Outcome(
        ErrorCode error = ErrorCode.None, long highWatermark = 10, long logStart = 0, string records = "") => new()
        {
            ErrorCode = error,
            HighWatermark = highWatermark,
            LogStartOffset = logStart,
            Records = System.Text.Encoding.UTF8.GetBytes(records),
        };

    private static IEnumerable<string> Targets(FetchContext fetch) =>
        fetch.Targets.Select(t => $"{t.Key.Topic}-{t.Key.Partition}@{t.Offset}");

    private FetchContext Begin(FetchSessionCache cache, FetchRequest request, bool usesTopicIds = false) =>
        cache.Begin(_nowMs, request, usesTopicIds);

    /// <summary>Begins and ends a fetch of which nothing has come since.</summary>
    private FetchConclusion Answer(FetchSessionCache cache, FetchRequest request)
    {
        var fetch = Begin(cache, request);
        return fetch.Conclude(_nowMs, [.. fetch.Targets.Select(_ => Outcome())]);
    }
}
