using AkkaReplication.Testing;

namespace AkkaReplication.Kafka.Tests.RealClients.Trials;

/// <summary>kcat, as an idempotent producer, as two members of a group, and as a reader of its own.</summary>
public sealed class KcatTrialTests
{
    private const string Numbers = "%p %o %s\\n";

    /// <summary>It waits up to 10 s for a broker that was away, unless told otherwise.</summary>
    private const string SoonAgain = "reconnect.backoff.max.ms=500";

    [KcatFact(Feature.BrokersKilled)]
    public Task Its_history_is_clean_when_each_broker_is_killed() => RunAsync(broker => broker.KillAsync());

    [KcatFact(Feature.BrokersRestarted)]
    public Task Its_history_is_clean_when_each_broker_is_restarted() => RunAsync(broker => broker.StopAsync());

    private static async Task RunAsync(Func<TestBroker, Task> goAway)
    {
        await using var trial = await Trial.StartAsync();
        for (var member = 0; member < 2; member++)
        {
            trial.AddMember(onRead => new NumberReader(
                Kcat.Start(
                    trial.Servers,
                    "-E", "-G", Trial.Group, "-u", "-f", Numbers,
                    "-X", "auto.offset.reset=earliest", "-X", "auto.commit.interval.ms=50",
                    "-X", SoonAgain,
                    Trial.Topic),
                onRead));
        }

        trial.AddReader(onRead => new NumberReader(
            Kcat.Start(
                trial.Servers,
                "-E", "-C", "-u", "-q", "-t", Trial.Topic, "-o", "beginning", "-f", Numbers, "-X", SoonAgain),
            onRead));
        using var producer = new KcatNumberProducer(trial.Servers, "-X", SoonAgain);
        await trial.RunAsync(producer, goAway);
    }
}
