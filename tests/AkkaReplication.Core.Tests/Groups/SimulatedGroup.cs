using System.Text;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.Groups;
using AkkaReplication.Replicas;

namespace AkkaReplication.Core.Tests.Groups;

/// <summary>
/// One group over a log whose leader changes: requests and answers are lost, repeated and late, batches fail or only seem
/// to, and the coordinator is started anew from the log at any moment while the one before may linger. What must hold
/// always is checked at every answer.
/// </summary>
internal sealed class SimulatedGroup
{
    public const string Id = "g";
    public const string Topic = "t";

    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly List<LoggedRecord> _log = [];
    private readonly Dictionary<RequestToken, Waiting> _waiting = [];
    private readonly Dictionary<int, string> _assignmentOf = [];
    private readonly Dictionary<(int, int), string> _ownerOf = [];
    private readonly Dictionary<TopicPartition, int> _acknowledged = [];
    private readonly GroupCoordinatorOptions _options;
    private Incarnation _current;
    private Incarnation? _lingering;
    private long _order;
    private long _tokens;
    private int _ids;
    private int _epoch;
    private int _highestTold;

    public SimulatedGroup(int seed)
    {
        Random = new Random(seed);
        _options = new GroupCoordinatorOptions
        {
            InitialRebalanceDelayMs = Random.Next(2) * 1_000,
            OffsetsRetentionCheckIntervalMs = 24L * 60 * 60 * 1000,
        };
        _current = Start();
    }

    public Random Random { get; }

    public long Now { get; private set; } = 1_000;

    /// <summary>Faults happen until this is over.</summary>
    public bool IsFaulty { get; set; } = true;

    public GroupCoordinator Coordinator => _current.Coordinator;

    public int AnsweredCommits { get; private set; }

    public int Generations => _highestTold;

    /// <summary>Counts what leaders assign: every assignment is told from every other.</summary>
    public long NextAssignment { get; set; }

    /// <summary>Requests that nobody has answered, sent before that time.</summary>
    public IEnumerable<ClientRequest> Unanswered(long before) =>
        _waiting.Values.Where(w => w.SentAt < before).Select(w => w.Request);

    public bool Chance(double of) => IsFaulty && Random.NextDouble() < of;

    public void At(long time, Action action) => _events.Enqueue(action, (Math.Max(time, Now), ++_order));

    public void RunUntil(long time)
    {
        while (_events.TryPeek(out _, out var due) && due.Item1 <= time)
        {
            var action = _events.Dequeue();
            Now = Math.Max(Now, due.Item1);
            action();
        }

        Now = Math.Max(Now, time);
    }

    /// <summary>Where the coordinator is.</summary>
    public BrokerId Broker => new(_epoch % 3);

    /// <summary>How members tell each other their assignments: a name of the whole, and one member's partitions.</summary>
    public Func<ReadOnlyMemory<byte>, (string Name, IEnumerable<int> Partitions)> ReadAssignment { get; set; } = static bytes =>
    {
        var parts = Encoding.UTF8.GetString(bytes.Span).Split(':');
        return (parts[0], parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
    };

    /// <summary>Sends a request; the answer may come once, twice, late or never.</summary>
    /// <param name="broker">Whom it is sent to; null for wherever the coordinator is when it arrives.</param>
    public void Send(ClientRequest request, string identity, Action<ClientResponse> answered, BrokerId? broker = null)
    {
        if (!Chance(0.03))
            At(Now + Delay(), () => Deliver(request, identity, answered, broker));
        if (Chance(0.05))
            At(Now + Random.Next(20_000), () => Deliver(request, identity, static _ => { }, broker));
    }

    public void Restart()
    {
        _current.IsCurrent = false;
        if (Chance(0.5))
        {
            _lingering = _current;
        }
        else
        {
            var dying = _current;
            Turn(dying, effects => dying.Coordinator.Unload(effects));
            dying.IsDead = true;
            foreach (var token in _waiting.Where(w => w.Value.At == dying).Select(w => w.Key).ToArray())
                throw new InvalidOperationException($"{_waiting[token].Request} was not answered at the end.");
        }

        // What nobody was told is stored may be lost with the leader, from some batch on.
        var uncertain = _log.FindIndex(static r => !r.IsCertain);
        if (uncertain >= 0)
        {
            var cut = uncertain + Random.Next(_log.Count - uncertain + 1);
            while (cut < _log.Count && cut > 0 && _log[cut].Batch == _log[cut - 1].Batch)
                cut++;
            _log.RemoveRange(cut, _log.Count - cut);
        }

        foreach (var record in _log)
            record.IsCertain = true;
        _current = Start();
    }

    /// <summary>The one before this coordinator learns that it is none any more.</summary>
    public void EndLingering()
    {
        if (_lingering is not { } old)
            return;

        _lingering = null;
        Turn(old, effects => old.Coordinator.Unload(effects));
        old.IsDead = true;
        Assert.DoesNotContain(_waiting.Values, w => w.At == old);
    }

    /// <summary>What the group has stored, asked of the present coordinator.</summary>
    public void CheckOffsets()
    {
        var token = new RequestToken(++_tokens);
        OffsetFetchResponse? fetched = null;
        _waiting.Add(token, new Waiting(
            new OffsetFetchRequest(Id, null), "check", r => fetched = (OffsetFetchResponse)r, _current, Now, Direct: true));
        Turn(_current, effects => _current.Coordinator.OnRequest(
            Time, token, new GroupClient("check", "/h"), new OffsetFetchRequest(Id, null), effects));

        if (fetched!.Error != ErrorCode.None)
            return;

        var seen = fetched.Offsets.ToDictionary(o => o.Partition, o => o.Offset);
        foreach (var (partition, index) in _acknowledged)
        {
            Assert.True(seen.TryGetValue(partition, out var offset), $"the acknowledged offset of {partition} is lost");
            var at = _log.FindLastIndex(r => r is { IsCertain: true, Record: OffsetRecord o }
                && o.Partition == partition && o.Value!.Offset == offset);
            Assert.True(at >= 0, $"{partition}: {offset} is seen before it is stored");
            Assert.True(at >= index, $"{partition}: {offset} at {at} is older than what was acknowledged at {index}");
        }
    }

    private GroupTime Time => new(Now, 1_700_000_000_000 + Now);

    private Incarnation Start()
    {
        var epoch = new LeaderEpoch(++_epoch);
        var started = new Incarnation(
            new GroupCoordinator(Id, epoch, _options, static _ => true, () => new Guid(++_ids, 0, 0, new byte[8])),
            Broker);
        foreach (var record in _log)
            started.Coordinator.Load(GroupRecordCodec.Decode(record.Key, record.Value, record.Value is null)!);
        At(Now + Random.Next(500), () => Turn(started, effects => started.Coordinator.OnLoaded(Time, effects)));
        return started;
    }

    public long Delay() => 1 + Random.Next(Chance(0.1) ? 3_000 : 20);

    private void Deliver(ClientRequest request, string identity, Action<ClientResponse> answered, BrokerId? broker)
    {
        var target = _lingering is { } old && (broker is { } to ? to == old.Broker && to != Broker : Chance(0.3))
            ? old
            : _current;
        if (broker is { } at && at != target.Broker)
        {
            answered(GroupRefusals.Refuse(request, ErrorCode.NotCoordinator));
            return;
        }

        if (target.IsDead)
            return;

        var token = new RequestToken(++_tokens);
        _waiting.Add(token, new Waiting(request, identity, answered, target, Now, Direct: false));
        target.Request = request;
        Turn(target, effects => target.Coordinator.OnRequest(
            Time, token, new GroupClient(identity, "/h"), request, effects));
        target.Request = null;
    }

    private void Turn(Incarnation at, Action<EffectList> input)
    {
        if (at.IsDead)
            return;

        var effects = new EffectList();
        input(effects);
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case AnswerGroupRequest answer:
                    Answer(answer);
                    break;
                case PersistGroupRecords write:
                    Write(at, write);
                    break;
                case StartGroupTimer timer:
                    var number = ++at.Timer;
                    At(Now + timer.DelayMs, () =>
                    {
                        if (number == at.Timer)
                            Turn(at, e => at.Coordinator.OnTimer(Time, e));
                    });
                    break;
            }
        }
    }

    private void Write(Incarnation at, PersistGroupRecords write)
    {
        if (at is { IsCurrent: true, Request: OffsetCommitRequest { Generation: >= 0 } commit })
            Assert.True(commit.Generation >= _highestTold, $"{commit} is taken in generation {_highestTold}");

        if (!at.IsCurrent)
        {
            At(Now + Delay(), () => Persisted(at, write, ErrorCode.NotLeaderOrFollower, []));
            return;
        }

        var refused = Chance(0.05);
        var unknown = !refused && Chance(0.05);
        List<LoggedRecord> records = refused
            ? []
            : [.. write.Records.Select(r => new LoggedRecord(r, write, GroupRecordCodec.EncodeKey(r), GroupRecordCodec.EncodeValue(r)))];
        _log.AddRange(records);

        var error = refused
            ? ErrorCode.NotEnoughReplicas
            : unknown
                ? Random.Next(2) == 0 ? ErrorCode.RequestTimedOut : ErrorCode.NotEnoughReplicasAfterAppend
                : ErrorCode.None;
        at.StoredAtMs = Math.Max(at.StoredAtMs, Now + Delay());
        At(at.StoredAtMs, () => Persisted(at, write, error, records));
    }

    private void Persisted(Incarnation at, PersistGroupRecords write, ErrorCode error, List<LoggedRecord> records)
    {
        // A leader that was replaced meanwhile cannot commit any more.
        var outcome = error == ErrorCode.None && !at.IsCurrent ? ErrorCode.NotLeaderOrFollower : error;
        if (outcome == ErrorCode.None)
        {
            foreach (var record in _log.TakeWhile(r => r.Batch != write).Concat(records))
                record.IsCertain = true;
        }

        Turn(at, effects => at.Coordinator.OnPersisted(Time, write.PersistId, outcome, effects));
    }

    private void Answer(AnswerGroupRequest answer)
    {
        Assert.True(_waiting.Remove(answer.Token, out var waiting), $"{answer} answers nobody");
        Check(waiting, answer.Response);
        if (waiting.Direct)
            waiting.Answered(answer.Response);
        else if (!Chance(0.03))
            At(Now + Delay(), () => waiting.Answered(answer.Response));
    }

    private void Check(Waiting waiting, ClientResponse response)
    {
        switch (response)
        {
            case JoinGroupResponse { Error: ErrorCode.None } joined:
                Assert.Contains(_log, r => r is { IsCertain: true, Record: GroupMetadataRecord { Value: { } g } }
                    && g.Generation == joined.Generation);
                _highestTold = Math.Max(_highestTold, joined.Generation);
                break;

            case SyncGroupResponse { Error: ErrorCode.None } synced:
                CheckAssignment((SyncGroupRequest)waiting.Request, waiting.Identity, synced);
                break;

            case OffsetCommitResponse committed:
                foreach (var result in committed.Results.Where(r => r.Error == ErrorCode.None))
                    CheckCommit((OffsetCommitRequest)waiting.Request, result.Partition);
                break;
        }
    }

    private void CheckAssignment(SyncGroupRequest request, string identity, SyncGroupResponse synced)
    {
        if (synced.Assignment.IsEmpty)
            return;

        var (name, partitions) = ReadAssignment(synced.Assignment);
        _assignmentOf.TryAdd(request.Generation, name);
        Assert.Equal(_assignmentOf[request.Generation], name);
        foreach (var partition in partitions)
        {
            var key = (request.Generation, partition);
            _ownerOf.TryAdd(key, identity);
            Assert.Equal(_ownerOf[key], identity);
        }
    }

    private void CheckCommit(OffsetCommitRequest request, TopicPartition partition)
    {
        var offset = request.Offsets.First(o => o.Partition == partition).Offset;
        var index = _log.FindLastIndex(r => r is { IsCertain: true, Record: OffsetRecord o }
            && o.Partition == partition && o.Value?.Offset == offset);
        Assert.True(index >= 0, $"{offset} of {partition} is acknowledged but not stored");
        _acknowledged[partition] = Math.Max(index, _acknowledged.GetValueOrDefault(partition, -1));
        AnsweredCommits++;
    }

    private sealed record Waiting(
        ClientRequest Request,
        string Identity,
        Action<ClientResponse> Answered,
        Incarnation At,
        long SentAt,
        bool Direct);

    private sealed class Incarnation(GroupCoordinator coordinator, BrokerId broker)
    {
        public BrokerId Broker { get; } = broker;

        public GroupCoordinator Coordinator { get; } = coordinator;

        /// <summary>The log takes what it writes.</summary>
        public bool IsCurrent { get; set; } = true;

        public bool IsDead { get; set; }

        public int Timer { get; set; }

        public long StoredAtMs { get; set; }

        /// <summary>What it is being asked in this turn.</summary>
        public ClientRequest? Request { get; set; }
    }

    private sealed class LoggedRecord(GroupRecord record, PersistGroupRecords batch, byte[] key, byte[]? value)
    {
        public GroupRecord Record { get; } = record;

        public PersistGroupRecords Batch { get; } = batch;

        public byte[] Key { get; } = key;

        public byte[]? Value { get; } = value;

        /// <summary>It is committed, or a coordinator was started from it.</summary>
        public bool IsCertain { get; set; }
    }
}
