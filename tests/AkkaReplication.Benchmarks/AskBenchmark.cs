using Akka.Actor;

namespace AkkaReplication.Benchmarks;

/// <summary>How many questions one caller gets answered, one after the other.</summary>
internal sealed class AskBenchmark : IBenchmark
{
    private const int Questions = 20_000;
    private static readonly object Question = new();

    public string Name => "ask";

    public double Weight => 1;

    public async Task RunAsync(BenchmarkContext context)
    {
        var system = ActorSystem.Create("bench-ask");
        try
        {
            var echo = system.ActorOf(Props.Create(() => new Echo()));
            await RuntimeRounds.ReportAsync(
                context,
                "ask",
                Questions,
                "one caller awaits each answer before the next question, local",
                () => Round(echo)).ConfigureAwait(false);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static async Task Round(IActorRef echo)
    {
        for (var i = 0; i < Questions; i++)
            await echo.Ask<object>(Question).ConfigureAwait(false);
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message);
    }
}
