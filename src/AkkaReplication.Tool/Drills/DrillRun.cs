using Akka.Actor;
using AkkaReplication.History;
using AkkaReplication.Tool.Drills.Scenarios;
using AkkaReplication.Tool.Judging;
using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills;

/// <summary>
/// One scenario from an empty directory to a verdict: starts the cluster, produces, lets the scenario do its work,
/// reads
/// everything back twice, judges. It owns the cluster's life and stops it whatever happens; it knows no scenario.
/// </summary>
internal sealed class DrillRun(
    Scenario scenario,
    DrillInput input,
    ReplicationSettings settings,
    string directory,
    int seed,
    TimeSpan patience,
    Stream? history,
    IScreen screen)
{
    private const string TopicName = "drill";
    private const int RecordsPerSecond = 1000;
    private static readonly TimeSpan StatusInterval = TimeSpan.FromMilliseconds(100);

    private readonly Timeline _timeline = new(screen);
    private long _maxUnavailableMs;
    private int _elections;

    /// <exception cref="ReplicationException">The cluster could not be started, or the topic was refused.</exception>
    /// <exception cref="OperationCanceledException">The user stopped it.</exception>
    public async Task<DrillResult> RunAsync(CancellationToken ct)
    {
        screen.BeginTimeline();
        using var recorder = new HistoryRecorder(output: history);
        using var system = DrillSystem.Create(error => _timeline.Say(Tone.Bad, error));
        try
        {
            var (evidence, promises) = await HurtAsync(system, recorder, ct).ConfigureAwait(false);
            await system.Terminate().ConfigureAwait(false);
            await screen.EndTimelineAsync().ConfigureAwait(false);

            var judgement = evidence.Judge(_elections, _maxUnavailableMs, ct);
            Report.Judgement(screen, judgement, evidence);
            JudgePromises(promises, judgement, evidence);
            Report.Promises(screen, promises);
            return new DrillResult(scenario.Name, judgement.Verdict, promises.Hold);
        }
        catch (Exception e) when (e is DrillException or TimeoutException)
        {
            await screen.EndTimelineAsync().ConfigureAwait(false);
            screen.Line(Tone.Bad, $"gave up: {e.Message}");
            return new DrillResult(scenario.Name, null, false);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
            await screen.EndTimelineAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Everything that happens while the cluster lives.</summary>
    private async Task<(Evidence Evidence, Promises Promises)> HurtAsync(
        ActorSystem system, HistoryRecorder recorder, CancellationToken ct)
    {
        var options = new EmbeddedClusterOptions
        {
            Name = "drill",
            Brokers = Scenario.Brokers,
            DataDirectory = directory,
            Settings = settings,
        };
        _timeline.Act($"starting {Scenario.Brokers} brokers");
        await using var cluster = await ReplicationCluster.Get(system).StartAsync(options, ct).ConfigureAwait(false);
        try
        {
            return await HurtAsync(cluster, recorder, ct).ConfigureAwait(false);
        }
        catch
        {
            // An orderly stop needs a cluster in order; one that was left in the middle of a scenario is none.
            await Task.WhenAll(cluster.BrokerIds.Select(cluster.KillBrokerAsync)).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<(Evidence Evidence, Promises Promises)> HurtAsync(
        EmbeddedCluster cluster, HistoryRecorder recorder, CancellationToken ct)
    {
        using var watch = new ClusterWatch(cluster, _timeline, patience);
        await using var client = new DrillClient(cluster.CreateClient(), TopicName);

        await client.CreateTopicAsync(scenario.Topic(TopicName), ct).ConfigureAwait(false);
        await watch.UntilEachAsync("the topic's replicas in sync", IsInSync, ct).ConfigureAwait(false);
        _timeline.Say(Tone.Good, $"topic {TopicName} is there; {Describing.Leaders(watch.Now)}");

        var firstEpochs = watch.Now.Partitions.ToDictionary(p => p.Partition, p => p.LeaderEpoch);
        await using var producer = new DrillProducer(
            input,
            client,
            _timeline,
            new ProduceHistory(TopicName, Scenario.Partitions, recorder),
            Scenario.Partitions,
            RecordsPerSecond);
        await using var status = new StatusPump(() => Status(cluster, producer), screen, StatusInterval);
        var context = new DrillContext(
            cluster, watch, client, producer.History, _timeline, settings, new Random(seed), ct);
        producer.Start();
        await scenario.RunAsync(context).ConfigureAwait(false);
        await DrainAsync(producer, watch, ct).ConfigureAwait(false);

        _elections = watch.Since<LeaderElected>(0).Count(e => e.LeaderEpoch > firstEpochs[e.Partition]);
        var evidence = new Evidence(cluster, watch.Now, producer.History, context.PredictedLoss);
        _timeline.Act("reading everything back through a consumer");
        await evidence.ReadThroughConsumerAsync(client, ct).ConfigureAwait(false);
        _timeline.Act("stopping the brokers; reading their files");
        return (evidence, context.Promises);
    }

    /// <summary>Waits until all is sent, answered and replicated.</summary>
    private async Task DrainAsync(DrillProducer producer, ClusterWatch watch, CancellationToken ct)
    {
        _timeline.Act("the scenario is over: producing the rest of the input, and waiting for the last answer");
        var sending = producer.FinishSendingAsync();
        while (!sending.IsCompleted)
        {
            // However long the rest is: only a cluster that acknowledges nothing more is given up.
            var before = producer.History.AcknowledgedCount;
            await watch.UntilAsync(
                "one more acknowledgement",
                () => sending.IsCompleted || producer.History.AcknowledgedCount > before,
                () => Describing.InWords(watch.Now),
                ct).ConfigureAwait(false);
        }

        await sending.ConfigureAwait(false);
        await watch.UntilAsync(
            "the last acknowledgement",
            () => producer.History.Outstanding == 0,
            () => $"{producer.History.Outstanding} outstanding; {Describing.InWords(watch.Now)}",
            ct).ConfigureAwait(false);
        _maxUnavailableMs = producer.History.MaxUnavailableMs(_timeline.ElapsedMs);
        if (producer.Failure is { } failure)
            throw new DrillException($"the client failed: {OneLine.Of(failure)}", failure);
        await watch.UntilEachAsync(
            "all replicas level",
            p => IsInSync(p) && p.LivingReplicas.All(r => r.LogEndOffset == p.HighWatermark),
            ct).ConfigureAwait(false);
    }

    private void JudgePromises(Promises promises, Judgement judgement, Evidence evidence)
    {
        if (scenario.AllIsAcknowledged)
        {
            promises.Check(
                "every record sent was acknowledged",
                evidence.Refused == 0,
                $"{evidence.Refused}: {evidence.Refusals}");
        }

        if (evidence.PredictedLoss is { } predicted)
        {
            promises.Check(
                $"exactly the {predicted.Count} acknowledged records that the stale replica never had are lost",
                predicted.ToHashSet().SetEquals(judgement.Lost),
                $"{judgement.Lost.Count} are lost");
        }
        else
        {
            promises.Check(
                "every acknowledged record is readable at its offset, through the consumer and in every "
                + "replica's files",
                judgement.Lost.Count == 0,
                $"{judgement.Lost.Count} are not");
            promises.Check(
                "the records of each partition stand in the order they were sent",
                judgement.OutOfOrder == 0,
                $"{judgement.OutOfOrder} do not");
        }

        promises.Check("no record stands twice", judgement.Duplicated.Count == 0, $"{judgement.Duplicated.Count} do");
        promises.Check(
            "the replicas' logs are byte-identical up to the high watermark",
            judgement.Differences.Count == 0,
            Some(judgement.Differences));
        if (judgement.Problems.Count > 0)
            promises.Check("the log holds what was sent and nothing else", false, Some(judgement.Problems));
    }

    private static string Some(IReadOnlyList<string> findings) =>
        string.Join("; ", findings.Take(5)) + (findings.Count > 5 ? $"; and {findings.Count - 5} more" : "");

    private DrillStatus Status(EmbeddedCluster cluster, DrillProducer producer)
    {
        var now = cluster.Describe();
        return new DrillStatus(
            _timeline.Elapsed,
            input.Lines,
            producer.History.Sent,
            producer.History.AcknowledgedCount,
            [.. cluster.BrokerIds],
            now.Partitions);
    }

    private static bool IsInSync(PartitionDescription partition) =>
        partition.Leader.Exists
        && partition.Isr.Length == partition.Replicas.Length
        && partition.LivingReplicas.Length == partition.Replicas.Length;
}
