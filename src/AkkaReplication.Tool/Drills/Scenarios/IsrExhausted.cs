using AkkaReplication.Tool.Screens;

namespace AkkaReplication.Tool.Drills.Scenarios;

/// <summary>Unclean election off: no leader until one that has everything is back.</summary>
internal sealed class IsrExhausted : IsrExhaustedBase
{
    public override string Name => "isr-exhausted";

    public override string WillDo =>
        "let broker 3 fall behind, kill both brokers that are in sync, start one of them (drawn at random), then "
        + "the other";

    public override string MustHold =>
        "while both are dead there is no leader and clients are told LEADER_NOT_AVAILABLE, although broker 3 "
        + "lives; whichever returns leads cleanly and has everything; nothing acknowledged is lost, nothing "
        + "stands twice";

    protected override async Task AfterTheLastAsync(DrillContext drill, BrokerId[] killed, int mark)
    {
        drill.Heal();
        await drill.Watch.UntilEachAsync("every partition to be without a leader", p => !p.Leader.Exists, drill.Stopped)
            .ConfigureAwait(false);
        IReadOnlyList<ErrorCode> errors = [];
        await drill.Watch.UntilAsync(
            "LEADER_NOT_AVAILABLE for every partition",
            async () =>
            {
                errors = await drill.Client.PartitionErrorsAsync(drill.Stopped).ConfigureAwait(false);
                return errors.Count == Partitions && errors.All(error => error == ErrorCode.LeaderNotAvailable);
            },
            () => string.Join(", ", errors.Select(error => error.KafkaName())),
            drill.Stopped).ConfigureAwait(false);
        drill.Timeline.Say(
            Tone.Neutral, "a client asks who leads and is told LEADER_NOT_AVAILABLE, for every partition");

        drill.Random.Shuffle(killed);
        drill.Promises.Check(
            "nobody led while none was there that has everything",
            drill.Watch.Since<LeaderElected>(mark).All(e => e.Leader != Third),
            "the stale broker 3 was elected");
        await drill.StartAsync(killed[0]).ConfigureAwait(false);
        await drill.Watch.UntilEachAsync($"broker {killed[0]} to lead", p => p.Leader == killed[0], drill.Stopped)
            .ConfigureAwait(false);
        await drill.UntilAcknowledgedAsync(100).ConfigureAwait(false);
        await drill.StartAsync(killed[1]).ConfigureAwait(false);

        var unclean = drill.Watch.Since<LeaderElected>(mark).Count(e => !e.Clean);
        drill.Promises.Check(
            $"broker {killed[0]} was elected cleanly when it was back",
            unclean == 0,
            $"{unclean} elections were unclean");
    }
}
