using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Kafka.FetchSessions;
using AkkaReplication.Listeners;
using Microsoft.AspNetCore.Connections;

namespace AkkaReplication.Kafka.Listeners;

/// <summary>
/// The listener of one life of a broker: binds its port, is the parent of its connections, lets them go when the broker
/// stops, and takes them along when the life ends.
/// </summary>
internal sealed class KafkaListenerActor : UntypedActor
{
    private readonly KafkaListener _listener;
    private readonly BrokerContext _broker;
    private readonly RequestBudget _budget;
    private readonly FetchSessionCache _fetchSessions;
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private Task<KestrelHost>? _starting;
    private IActorRef? _drainer;

    public KafkaListenerActor(KafkaListener listener, BrokerContext broker)
    {
        _listener = listener;
        _broker = broker;
        _budget = new RequestBudget(listener.Options.QueuedMaxRequestBytes);
        _fetchSessions = new FetchSessionCache(listener.Options.MaxIncrementalFetchSessionCacheSlots);
    }

    public static Props Props(KafkaListener listener, BrokerContext broker) =>
        Akka.Actor.Props.Create(() => new KafkaListenerActor(listener, broker))
            .WithDispatcher(ReplicationDispatchers.Network);

    protected override SupervisorStrategy SupervisorStrategy() => Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void PreStart()
    {
        _broker.ListenerReleased = _released.Task;
        var self = Self;
        _starting = KestrelHost.StartAsync(
            _listener.Options, _listener.PortOf(_broker.Id), connection => ServeAsync(connection, self));
        _starting.PipeTo(Self, success: host => new Started(host), failure: e => new StartFailed(e.GetBaseException()));
    }

    protected override void PostStop() => _ = ReleaseAsync(_starting!, _released);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Started started:
                OnStarted(started.Host.Port);
                break;
            case StartFailed failed:
                OnStartFailed(failed.Cause);
                break;
            case Accepted accepted:
                OnAccepted(accepted);
                break;
            case ListenerProtocol.Drain:
                OnDrain(Sender);
                break;
            case Terminated:
                AnswerIfDrained();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static async Task ServeAsync(ConnectionContext connection, IActorRef listener)
    {
        var accepted = new Accepted(connection);
        listener.Tell(accepted, ActorRefs.NoSender);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var closing = connection.ConnectionClosed.Register(() => closed.TrySetResult());

        // Where the listener's actor has ended nobody takes it, and the host that ends with it closes it.
        if (await Task.WhenAny(accepted.Served.Task, closed.Task).ConfigureAwait(false) == accepted.Served.Task)
        {
            var (loop, actor) = await accepted.Served.Task.ConfigureAwait(false);
            using (loop)
                await loop.RunAsync(actor).ConfigureAwait(false);
        }
    }

    private static async Task ReleaseAsync(Task<KestrelHost> starting, TaskCompletionSource released)
    {
        try
        {
            await using var host = await starting.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It had not bound, so it holds no port.
        }
        finally
        {
            released.TrySetResult();
        }
    }

    private void OnStarted(int port)
    {
        _listener.KeepPort(_broker.Id, port);
        var options = _listener.Options;
        _logger.Info("Broker {0} listens for Kafka clients at {1}:{2} ({3})", _broker.Id, options.Address, port, options.Name);
        Context.Parent.Tell(new ListenerProtocol.Bound([new(options.Name, options.AdvertisedHost, port)]));
    }

    private void OnStartFailed(Exception cause)
    {
        var options = _listener.Options;
        Context.Parent.Tell(new ListenerProtocol.BindFailed(new ReplicationException(
            ErrorCode.BrokerNotAvailable,
            $"Broker {_broker.Id} cannot listen at {options.Address}:{_listener.PortOf(_broker.Id)}: {cause.Message}",
            cause)));
    }

    private void OnAccepted(Accepted accepted)
    {
        if (_drainer is not null)
        {
            accepted.Connection.Abort();
            return;
        }

        var loop = new ConnectionLoop(accepted.Connection, _listener.Options, _budget);
        var actor = Context.ActorOf(KafkaConnectionActor.Props(loop, _broker, Context.Parent, _fetchSessions, _listener.Options));
        Context.Watch(actor);
        if (!accepted.Served.TrySetResult((loop, actor)))
            Context.Stop(actor);
    }

    private void OnDrain(IActorRef drainer)
    {
        _drainer = drainer;
        foreach (var connection in Context.GetChildren())
            connection.Tell(ConnectionDrain.Instance);
        AnswerIfDrained();
    }

    private void AnswerIfDrained()
    {
        if (!Context.GetChildren().Any())
            _drainer?.Tell(ListenerProtocol.Drained.Instance);
    }

    private sealed record Started(KestrelHost Host) : INoSerializationVerificationNeeded;

    private sealed record StartFailed(Exception Cause) : INoSerializationVerificationNeeded;

    /// <summary>A client has connected.</summary>
    private sealed record Accepted(ConnectionContext Connection) : INoSerializationVerificationNeeded
    {
        public TaskCompletionSource<(ConnectionLoop Loop, IActorRef Actor)> Served { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
