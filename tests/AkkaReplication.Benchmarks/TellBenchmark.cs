using Akka.Actor;

namespace AkkaReplication.Benchmarks;

/// <summary>How many messages one thread gets through one actor.</summary>
internal sealed class TellBenchmark : IBenchmark
{
    private const int Messages = 300_000;
    private static readonly object Message = new();

    public string Name => "tell";

    public double Weight => 1;

    public async Task RunAsync(BenchmarkContext context)
    {
        var system = ActorSystem.Create("bench-tell");
        try
        {
            var counter = system.ActorOf(Props.Create(() => new Counter()));
            await RuntimeRounds.ReportAsync(
                context,
                "tell",
                Messages,
                "one thread to one actor, local, until all are received",
                () => Round(counter)).ConfigureAwait(false);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    private static Task Round(IActorRef counter)
    {
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        counter.Tell(new Expect(Messages, received), ActorRefs.NoSender);
        for (var i = 0; i < Messages; i++)
            counter.Tell(Message, ActorRefs.NoSender);
        return received.Task;
    }

    private sealed record Expect(int Count, TaskCompletionSource Received);

    private sealed class Counter : UntypedActor
    {
        private Expect? _expected;
        private int _left;

        protected override void OnReceive(object message)
        {
            if (message is Expect expected)
                (_expected, _left) = (expected, expected.Count);
            else if (--_left == 0)
                _expected!.Received.SetResult();
        }
    }
}
