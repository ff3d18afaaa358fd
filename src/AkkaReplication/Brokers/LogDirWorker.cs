using Akka.Actor;

namespace AkkaReplication.Brokers;

/// <summary>
/// Does the disk work of others on a dispatcher of their log directory, one piece after another, and tells whoever sent it
/// what came of it.
/// </summary>
internal sealed class LogDirWorker : UntypedActor
{
    public static Props Props(string dispatcher) =>
        Akka.Actor.Props.Create(() => new LogDirWorker()).WithDispatcher(dispatcher);

    protected override void OnReceive(object message)
    {
        if (message is LogDirWork work)
            Sender.Tell(work.Run(), Self);
        else
            Unhandled(message);
    }
}

/// <summary>Work for a <see cref="LogDirWorker"/>. Its result is the answer; it must not throw.</summary>
internal abstract record LogDirWork : INoSerializationVerificationNeeded
{
    public abstract object Run();
}
