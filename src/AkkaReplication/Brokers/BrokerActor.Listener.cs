using Akka.Actor;
using AkkaReplication.Listeners;

namespace AkkaReplication.Brokers;

internal sealed partial class BrokerActor
{
    /// <summary>Longer than that, clients that do not read their answers do not keep a broker from stopping.</summary>
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    private IActorRef? _listener;

    /// <summary>A broker registers with the endpoints that it has, so it needs them first.</summary>
    private void OpenListener(IClientListener listener) =>
        _listener = Context.Watch(Context.ActorOf(listener.Props(_broker!), ReplicationPaths.ListenerName));

    private void OnBindFailed(ListenerProtocol.BindFailed failed)
    {
        var cause = failed.Cause as ReplicationException
            ?? new ReplicationException(ErrorCode.BrokerNotAvailable, failed.Cause.Message, failed.Cause);
        End(clean: false, mayRestart: false, cause.Message, cause);
    }

    /// <summary>Completes when no client is connected any more, or has not let go in time.</summary>
    private Task DrainListenerAsync() => _listener is { } listener
        ? listener.Ask<ListenerProtocol.Drained>(ListenerProtocol.Drain.Instance, DrainTimeout)
        : Task.CompletedTask;
}
