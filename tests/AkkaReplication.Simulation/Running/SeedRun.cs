using System.Collections.Immutable;
using AkkaReplication.Clients;
using AkkaReplication.Controller;
using AkkaReplication.History;
using AkkaReplication.Replicas;
using AkkaReplication.Simulation.Checks;
using AkkaReplication.Simulation.Disks;
using AkkaReplication.Simulation.Faults;
using AkkaReplication.Simulation.Processes;

namespace AkkaReplication.Simulation.Running;

/// <summary>
/// One seed from beginning to end: the cluster comes up, works under faults, is left alone, must come to rest, and is judged by
/// what its clients saw.
/// </summary>
internal sealed class SeedRun
{
    private const long QuietLimitUs = 60_000_000;

    private readonly World _world;
    private readonly Cluster _cluster;
    private readonly Nemesis _nemesis;

    public SeedRun(long seed, TextWriter? trace = null, Reduction? reduction = null, Course course = Course.Usual)
    {
        reduction ??= Reduction.None;
        _world = new World(seed, trace, reduction, course);
        _cluster = new Cluster(_world) { MayLoseAll = _world.Profile.Catastrophic };
        _nemesis = new Nemesis(_cluster, reduction.WithoutFaults);
        _cluster.OnCorruption = OnCorruption;
    }

    public Tally Tally => _world.Tally;

    public Profile Profile => _world.Profile;

    /// <summary>How many faults the nemesis has thought of.</summary>
    public int Faults => _nemesis.Count;

    public HistoryRecorder History => _cluster.History;

    /// <summary>Runs it.</summary>
    /// <returns>What was broken, or null. The first line names the rule.</returns>
    public string? Run()
    {
        try
        {
            Begin();
            RunFor(_world.Profile.FaultyMs * 1000);
            Heal();
            ComeToRest();
            Judge();
            return null;
        }
        catch (Violation violation)
        {
            return Describe(violation.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A machine that throws is broken, whatever it was.
            return Describe($"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
        }
        finally
        {
            Tally.Steps = _world.Time.Steps;
            Tally.VirtualMs = _world.Time.NowMs;
            foreach (var broker in _cluster.Brokers)
                DiskFactory.Count(broker.Disk, Tally);
        }
    }

    private string Describe(string what)
    {
        var first = what.Split('\n')[0];
        _world.Trace.Line($"violation: {what}");
        return $"{first}\nseed {_world.Seed} at {_world.Time.NowMs} ms, step {_world.Time.Steps}\n{what}";
    }

    private void Begin()
    {
        _world.Trace.Line($"seed {_world.Seed}: {_world.Profile}");
        _world.HasFaults = false;
        _cluster.Start();
        var brokers = _world.Profile.Replicas;
        var topics = ImmutableArray.CreateBuilder<NewTopic>();
        for (var i = 0; i < _world.Profile.Topics; i++)
            topics.Add(Topic($"topic-{i}", _world.Profile.Partitions, brokers, judged: true));
        if (_world.Profile.Retention)
            topics.Add(Topic("aging", 1, brokers, judged: true,
                ("retention.bytes", _world.Profile.TinySegments ? "500" : "6000"), ("segment.bytes", _world.Profile.TinySegments ? "200" : "2000")));
        if (_world.Profile.UncleanTopic)
            topics.Add(Topic("unclean", 1, brokers, judged: true, ("unclean.leader.election.enable", "true"), ("min.insync.replicas", "1")));
        topics.Add(Topic("loose", 1, brokers, judged: false));
        CreateTopics(topics.ToImmutable());
        RunUntil(() => _cluster.Checks.Truth.TopicsById.Count >= topics.Count, 20_000_000, "the topics are made");
        RunUntil(() => _cluster.Brokers.All(b => b.IsRunning), 20_000_000, "all brokers serve");

        _cluster.IsProducing = true;
        for (var i = 0; i < _world.Profile.Producers; i++)
        {
            // Most of them promise something; the others must do no harm.
            var acks = i < 2 || _world.Workload.Hits(0.6) ? (short)-1 : (short)_world.Workload.Next(2);
            var producer = new ProducerProcess(_cluster, _cluster.NextNode(), acks, isIdempotent: acks == -1 && (i == 0 || _world.Workload.Hits(0.8)));
            _cluster.Producers.Add(producer);
            producer.Start();
        }

        for (var i = 0; i < _world.Profile.Consumers; i++)
        {
            var consumer = new ConsumerProcess(_cluster, _cluster.NextNode(), isFinal: false);
            _cluster.Consumers.Add(consumer);
            consumer.Start();
        }

        _world.HasFaults = true;
        _nemesis.Start();
    }

    private NewTopic Topic(string name, int partitions, short replicas, bool judged, params (string, string)[] configs)
    {
        for (var i = 0; i < partitions; i++)
            (judged ? _cluster.JudgedPartitions : _cluster.LoosePartitions).Add(new TopicPartition(name, i));
        return new NewTopic(name, partitions, replicas, [], configs.ToImmutableSortedDictionary(c => c.Item1, c => c.Item2));
    }

    private void CreateTopics(ImmutableArray<NewTopic> topics) => _cluster.Admin.Ask(
        new CreateTopicsRequest(topics, ValidateOnly: false, 1_000), 2_000, (error, response) =>
        {
            _world.Trace.Line($"topics: {error} {string.Join(", ", (response as CreateTopicsResponse)?.Results.Select(r => $"{r.Name} {r.Error} {r.Message}") ?? [])}");

            // Brokers that have not registered yet are no replicas: asked again until there are enough of them.
            if (error != ErrorCode.None || ((CreateTopicsResponse)response!).Results.Any(
                r => r.Error is not (ErrorCode.None or ErrorCode.TopicAlreadyExists)))
            {
                _world.Time.After(200_000, () => CreateTopics(topics));
            }
        });

    /// <summary>Everything that is broken is mended; nobody does anything any more.</summary>
    private void Heal()
    {
        _world.Trace.Line($"the faults are over");
        _world.HasFaults = false;
        _cluster.IsProducing = false;
        _world.Network.HealAll();
        if (!_cluster.Voter.IsAlive)
            _cluster.Voter.Start();
        foreach (var controller in _cluster.Controllers)
        {
            if (controller.IsPaused)
                controller.Resume();
            if (controller != _cluster.Singleton && controller.IsAlive)
                controller.Kill();
        }

        _cluster.MakeSingleton(_cluster.Singleton);
        _cluster.ForgetWhatHasNotFailed();
        foreach (var broker in _cluster.Brokers)
        {
            broker.Disk.FailNoMore();
            broker.Disk.SlowDown(0);
            broker.Disk.MakeRoom();
            if (broker.IsPaused)
                broker.Resume();
            if (!broker.IsAlive)
                broker.Start();
        }
    }

    /// <summary>I37: left alone, everybody is in sync again in bounded time.</summary>
    private void ComeToRest()
    {
        var until = _world.Time.NowUs + QuietLimitUs;
        var restartedAt = _world.Time.NowUs;
        string? unrest = null;
        var restarted = new HashSet<BrokerId>();
        while (_world.Time.NowUs < until)
        {
            RunFor(500_000);
            unrest = Unrest();
            if (unrest is null && _cluster.Flipped.Count == 0)
                return;

            // An operator restarts a broker that says that its replicas are offline.
            if (_world.Time.NowUs - restartedAt < 8_000_000)
                continue;
            restartedAt = _world.Time.NowUs;
            Repair(restarted);
            Scrub();
        }

        throw new Violation("I37", $"not at rest {QuietLimitUs / 1_000_000} s after the last fault: {unrest}");
    }

    /// <summary>
    /// Records that were read long ago are not looked at by a broker that starts after a kill: their bits may be wrong until a
    /// consumer, whose checksum it is, or a follower finds out. Whoever runs the cluster then replaces the disk, if that costs
    /// nothing.
    /// </summary>
    private void OnCorruption(TopicPartition partition)
    {
        var leader = _cluster.Checks.Truth.TryGetPartition(partition);
        if (leader is not { Leader.Exists: true } || !_cluster.Flipped.Contains((leader.Leader, leader.Id)))
            return;
        var broker = _cluster.BrokerOf(leader.Leader);
        if (broker.IsAlive && (_world.HasFaults ? _nemesis.Atlas.TryDamage(broker) : _nemesis.Atlas.TryDamageAtRest(broker)))
            ReplaceDisk(broker);
    }

    /// <summary>All disks are read once, one after the other, and those with wrong bits replaced.</summary>
    private void Scrub()
    {
        foreach (var broker in _cluster.Brokers.Where(b => b.IsAlive && _cluster.Flipped.Any(flipped => flipped.Item1 == b.Id)))
        {
            if (!_nemesis.Atlas.TryDamageAtRest(broker))
                continue;
            ReplaceDisk(broker);
            return;
        }
    }

    private void ReplaceDisk(BrokerProcess broker)
    {
        _world.Trace.Line($"the disk of broker {broker.Id} is replaced");
        broker.Kill(powerLoss: false);
        _cluster.ReplaceDisk(broker);
        StartLater(broker);
    }

    private void StartLater(BrokerProcess broker) => _world.Time.After(100_000, () =>
    {
        if (!broker.IsAlive)
            broker.Start();
    });

    /// <summary>
    /// Whoever says that a replica of his is offline is restarted. Where that did not help the disk is damaged (F5): one after
    /// the other they are replaced, and never while others depend on what is on them.
    /// </summary>
    private void Repair(HashSet<BrokerId> restarted)
    {
        var ailing = _cluster.Brokers.Where(b => b.IsAlive && b.Slots.Any(s => s.HasFailed)).ToArray();
        var helps = false;
        foreach (var broker in ailing.Where(broker => !restarted.Contains(broker.Id)))
        {
            // Where everything was lost, whoever hides that is made to say so all the same: nothing else helps (F3).
            if (_cluster.Damaged.ContainsKey(broker.Id) && !_nemesis.Atlas.TryDamageAtRest(broker) && !_cluster.MayLoseAll)
                continue;
            Restart(broker, restarted);
            helps = true;
        }

        if (helps)
            return;
        if (ailing.FirstOrDefault(_nemesis.Atlas.TryDamageAtRest) is { } damaged)
        {
            ReplaceDisk(damaged);
        }
        else if (_cluster.MayLoseAll)
        {
            foreach (var broker in ailing)
                Restart(broker, restarted);
        }
    }

    private void Restart(BrokerProcess broker, HashSet<BrokerId> restarted)
    {
        restarted.Add(broker.Id);
        broker.Kill(powerLoss: false);
        StartLater(broker);
    }

    private string? Unrest()
    {
        var truth = _cluster.Checks.Truth;
        foreach (var broker in _cluster.Brokers)
        {
            if (!broker.IsAlive || !broker.IsRunning)
                return $"broker {broker.Id} does not serve";
            if (truth.TryGetBroker(broker.Id) is not { IsActive: true })
                return $"broker {broker.Id} is fenced";
            if (broker.Image.Offset != truth.Offset)
                return $"broker {broker.Id} is at metadata offset {broker.Image.Offset} of {truth.Offset}";
        }

        foreach (var partition in truth.Partitions)
        {
            if (!partition.Leader.Exists)
                return $"{partition.Name} has no leader: {partition}";
            if (partition.Isr.Length != partition.Replicas.Length)
                return $"{partition.Name} has the isr [{string.Join(",", partition.Isr)}] of [{string.Join(",", partition.Replicas)}]";
            var leader = _cluster.BrokerOf(partition.Leader).SlotOf(partition.Id)?.Machine;
            if (leader?.Role != ReplicaRole.Leader)
                return $"{partition.Name} is not led by {partition.Leader}";
            if (leader.PendingIsrProposal is not null)
                return $"{partition.Name} waits for {leader.PendingIsrProposal}";
            if (leader.HighWatermark != leader.LogEndOffset)
                return $"{partition.Name} ends at {leader.LogEndOffset}, the high watermark is {leader.HighWatermark}";
            if (leader.PendingProduceCount > 0)
                return $"{partition.Name} has {leader.PendingProduceCount} produces pending";
            foreach (var id in partition.Replicas)
            {
                var replica = _cluster.BrokerOf(id).SlotOf(partition.Id)?.Machine;
                if (replica is null || replica.LogEndOffset != leader.LogEndOffset || replica.HighWatermark != leader.HighWatermark)
                    return $"{partition.Name} on {id} ends at {replica?.LogEndOffset}, high watermark {replica?.HighWatermark}; the leader's are {leader.LogEndOffset}, {leader.HighWatermark}";
            }
        }

        var pending = _cluster.Producers.FirstOrDefault(p => p.IsAlive && p.Pending > 0);
        return pending is null ? null : $"producer {pending.Node} waits for {pending.Pending} records";
    }

    /// <summary>Reads everything from the beginning, and has the history of all clients judged.</summary>
    private void Judge()
    {
        foreach (var partition in _cluster.Checks.Truth.Partitions)
            _cluster.Checks.CheckCandidates(partition.Id);
        CompareLogs();
        CheckAnswered();
        foreach (var consumer in _cluster.Consumers.Where(c => c.IsAlive))
            consumer.Kill();
        _cluster.ExcuseAgain();
        var reader = new ConsumerProcess(_cluster, _cluster.NextNode(), isFinal: true);
        _cluster.Consumers.Add(reader);
        reader.Start();
        var ends = _cluster.JudgedPartitions.Select(p => (Partition: p, End: EndOf(p))).ToArray();
        RunUntil(() => ends.All(e => reader.ReachedIn(e.Partition) >= e.End), 30_000_000, "everything is read");
        reader.Conclude(ends);

        var report = HistoryJudge.Judge(_cluster);
        if (report is not null)
            throw new Violation("history", report);
    }

    private long EndOf(TopicPartition partition)
    {
        var registration = _cluster.Checks.Truth.TryGetPartition(partition)!;
        var log = _cluster.BrokerOf(registration.Leader).SlotOf(registration.Id)!.Log!;
        return log.LogEndOffset == log.LogStartOffset ? 0 : log.LogEndOffset;
    }

    /// <summary>I30: nobody waits for an answer that will never come.</summary>
    private void CheckAnswered()
    {
        foreach (var broker in _cluster.Brokers)
        {
            foreach (var slot in broker.Slots)
            {
                var waiting = slot.History.Produces.Values.Count(produce => produce.Acks != 0);
                Violation.Require(
                    waiting == 0, "I30", () => $"{waiting} produces of {_cluster.NameOf(slot.Partition)} on broker {broker.Id} are never answered");
            }
        }
    }

    /// <summary>At rest all replicas have the same records.</summary>
    private void CompareLogs()
    {
        foreach (var partition in _cluster.Checks.Truth.Partitions)
        {
            var logs = partition.Replicas.Select(id => _cluster.BrokerOf(id).SlotOf(partition.Id)!.Log!).ToArray();
            var from = logs.Max(log => log.LogStartOffset);
            var bytes = logs.Select(log => LogReading.Bytes(log, from, log.LogEndOffset)).ToArray();
            for (var i = 1; i < logs.Length; i++)
            {
                Violation.Require(
                    bytes[i].AsSpan().SequenceEqual(bytes[0]), "I18",
                    () => $"{partition.Name} differs between {partition.Replicas[0]} and {partition.Replicas[i]}");
            }
        }
    }

    private void RunFor(long us)
    {
        var until = _world.Time.NowUs + us;
        while (_world.Time.Step(until))
        {
        }
    }

    private void RunUntil(Func<bool> condition, long withinUs, string what)
    {
        var until = _world.Time.NowUs + withinUs;
        while (!condition())
        {
            if (!_world.Time.Step(until))
                throw new Violation("I37", $"after {withinUs / 1_000_000} s it is not so that {what}");
        }
    }
}
