using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>
/// All in-sync replicas die, and the one that lives is stale. What happens next is the topic's choice: wait for one
/// that
/// has everything, or go on at once with what is there.
/// </summary>
internal abstract class IsrExhaustedBase : Scenario
{
    // Broker 3 leads nothing, so that it can fall behind everywhere while the others go on.
    public override IReadOnlyList<IReadOnlyList<BrokerId>> Assignments =>
        [[First, Second, Third], [Second, First, Third], [First, Second, Third]];

    public override async Task RunAsync(DrillContext drill)
    {
        await drill.UntilAcknowledgedAsync(200).ConfigureAwait(false);
        drill.Stall(Third, "it must fall behind");
        await drill.Watch.UntilEachAsync(
            "broker 3 to leave the in-sync sets", p => !p.Isr.Contains(Third), drill.Stopped)
            .ConfigureAwait(false);
        await drill.UntilAcknowledgedAsync(200).ConfigureAwait(false);

        var order = new[] { First, Second };
        drill.Random.Shuffle(order);
        var mark = drill.Watch.Mark();
        await drill.KillAsync(order[0]).ConfigureAwait(false);
        await drill.Watch.UntilEachAsync(
            $"broker {order[1]} to lead alone", p => p.Leader == order[1] && p.Isr.Length == 1, drill.Stopped)
            .ConfigureAwait(false);
        await drill.UntilRefusedAsync(ErrorCode.NotEnoughReplicas).ConfigureAwait(false);
        await drill.KillAsync(order[1]).ConfigureAwait(false);
        await AfterTheLastAsync(drill, order, mark).ConfigureAwait(false);

        await drill.UntilAllInSyncAsync().ConfigureAwait(false);
        drill.Timeline.Say(Tone.Good, "all replicas are in sync");
        await drill.UntilAcknowledgedAsync(100).ConfigureAwait(false);
    }

    /// <param name="killed">The two that were in sync, in the order of their deaths.</param>
    /// <param name="mark">Where the observations of their deaths begin.</param>
    protected abstract Task AfterTheLastAsync(DrillContext drill, BrokerId[] killed, int mark);
}
