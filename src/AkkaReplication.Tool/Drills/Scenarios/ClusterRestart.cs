using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>A power cut of the process kind: all brokers die at once, and return in any order.</summary>
internal sealed class ClusterRestart : Scenario
{
    /// <summary>So many replicas must return before everything acknowledged is certainly among them (I42).</summary>
    private const int Enough = Brokers - MinInSync + 1;

    public override string Name => "cluster-restart";

    public override string WillDo => "kill all brokers at once and start them again in an order drawn at random";

    public override string MustHold =>
        $"with {Enough} of {Brokers} back, every partition has a leader, elected cleanly; nothing acknowledged is "
        + "lost, nothing stands twice";

    public override async Task RunAsync(DrillContext drill)
    {
        await drill.UntilAcknowledgedAsync(300).ConfigureAwait(false);
        var mark = drill.Watch.Mark();
        await Task.WhenAll(drill.Brokers.Select(drill.KillAsync)).ConfigureAwait(false);
        await drill.Watch.UntilEachAsync("every partition to be without a leader", p => !p.Leader.Exists, drill.Stopped)
            .ConfigureAwait(false);

        var order = drill.Brokers.ToArray();
        drill.Random.Shuffle(order);
        drill.Timeline.Say(Tone.Neutral, $"they return in this order: {string.Join(", ", order)}");
        for (var back = 1; back <= order.Length; back++)
        {
            await drill.StartAsync(order[back - 1]).ConfigureAwait(false);
            if (back < Enough)
                continue;

            await drill.Watch.UntilEachAsync(
                $"a leader of every partition with {back} brokers back", p => p.Leader.Exists, drill.Stopped)
                .ConfigureAwait(false);
            if (back == Enough)
                await drill.UntilAcknowledgedAsync(100).ConfigureAwait(false);
        }

        var elections = drill.Watch.Since<LeaderElected>(mark);
        drill.Promises.Check(
            $"with {Enough} of {Brokers} brokers back, every partition had a leader, elected cleanly, and took "
            + "acks=all",
            elections.All(e => e.Clean),
            $"{elections.Count(e => !e.Clean)} elections were unclean");

        await drill.UntilAllInSyncAsync().ConfigureAwait(false);
        drill.Timeline.Say(Tone.Good, "all replicas are in sync");
        await drill.UntilAcknowledgedAsync(100).ConfigureAwait(false);
    }
}
