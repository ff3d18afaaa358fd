using Akka.Actor;
using Akka.Event;
using AkkaReplication.Clients;
using AkkaReplication.Kafka.Clients.Calls;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Clients;

/// <summary>
/// One client's session at one broker of a cluster elsewhere. To the client it is what a broker's actor and a session of it
/// are in one process; its calls go out in Kafka's protocol, over one connection and, for fetches, others beside it. A child of
/// the client's actor; ends with the first connection, and with it, what is not answered is lost.
/// </summary>
internal sealed class KafkaSessionActor : UntypedActor
{
    /// <summary>As many as a client has fetches at a broker that are not void (ConsumerClient).</summary>
    private const int MostFetchLanes = 2;

    private readonly RemoteCluster _cluster;
    private readonly BrokerId _broker;

    // The main one comes first.
    private readonly List<Lane> _lanes = [new Lane(LaneKind.Main)];
    private readonly StringCache _strings = new();
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private BrokerAddress _address;
    private IActorRef _client = ActorRefs.Nobody;
    private string _clientId = "";

    public KafkaSessionActor(RemoteCluster cluster, BrokerId broker)
    {
        _cluster = cluster;
        _broker = broker;
    }

    private Lane Main => _lanes[0];

    public static Props Props(RemoteCluster cluster, BrokerId broker) =>
        Akka.Actor.Props.Create(() => new KafkaSessionActor(cluster, broker))
            .WithDispatcher(ReplicationDispatchers.Network);

    protected override void PostStop()
    {
        foreach (var lane in _lanes)
            lane.Dispose();
    }

    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (ReplicationException e)
        {
            // A broker that answers nonsense once cannot be understood again.
            End(e.Message);
        }
    }

    private void Handle(object message)
    {
        switch (message)
        {
            case OpenClientSession open:
                OnOpen(open);
                break;
            case ClientCall call:
                OnCall(call);
                break;
            case LaneOpened opened:
                OnOpened(opened.Lane);
                break;
            case LaneWritten written:
                written.Lane.Written(OnLeft);
                Write(written.Lane);
                break;
            case AnswerReceived received:
                OnAnswer(received);
                break;
            case LaneEnded ended:
                OnEnded(ended);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnOpen(OpenClientSession open)
    {
        if (_cluster.AddressOf(_broker) is not { } address)
        {
            Sender.Tell(new ClientSessionRefused(_broker), Self);
            Context.Stop(Self);
            return;
        }

        _address = address;
        _client = Sender;
        _clientId = open.ClientId;
        Open(Main);
    }

    private void Open(Lane lane) => lane.ConnectAsync(_address, _cluster.Options, _clientId).PipeTo(
        Self,
        success: () => new LaneOpened(lane),
        failure: e => new LaneEnded(lane, e.Message));

    private void OnOpened(Lane lane)
    {
        var connection = lane.Open();
        var self = Self;
        connection.ReadAsync(frame => self.Tell(new AnswerReceived(lane, frame), ActorRefs.NoSender))
            .PipeTo(self, success: reason => new LaneEnded(lane, reason));
        if (lane == Main)
        {
            // A broker of whom nothing can be learnt is of no use.
            connection.Apis.Choose(ApiKey.Metadata, MetadataCall.FirstVersion, short.MaxValue);
            _cluster.Connected(_address);
            _client.Tell(new ClientSessionOpened(Self, _broker), Self);
        }

        Write(lane);
    }

    private void OnCall(ClientCall call)
    {
        if (GroupCalls.Refuse(call.Request) is { } refusal)
        {
            // Not all such answers have room for the reason.
            Warn(GroupCalls.WhyRefused);
            Reply(call.CorrelationId, refusal);
            return;
        }

        var translated = KafkaCalls.Translate(call, _cluster);
        if (translated.AtOnce is { } answer)
        {
            Reply(translated.Id, answer);
            return;
        }

        var lane = LaneFor(translated.Lane);
        lane.Enqueue(translated);
        Write(lane);
    }

    /// <summary>For a fetch one that is idle, if there is one or may be one more.</summary>
    private Lane LaneFor(LaneKind kind)
    {
        var alike = _lanes.FindAll(lane => lane.Kind == kind);
        var idlest = alike.MinBy(lane => lane.Load);
        if (idlest is { Load: 0 } || alike.Count == (kind == LaneKind.Fetch ? MostFetchLanes : 1))
            return idlest!;

        var lane = new Lane(kind);
        _lanes.Add(lane);
        Open(lane);
        return lane;
    }

    private void Write(Lane lane)
    {
        if (lane.Write(_clientId, Refuse) is { } writing)
        {
            writing.PipeTo(
                Self,
                success: () => new LaneWritten(lane),
                failure: e => new LaneEnded(lane, e.Message));
        }
    }

    /// <summary>The broker is too old for it, or too new.</summary>
    private void Refuse(KafkaCall call, ReplicationException reason)
    {
        Warn(reason.Message);
        Reply(call.Id, call.Fail(reason.Error, reason.Message));
    }

    private void Warn(string reason)
    {
        if (_cluster.Failed(_address, reason))
            _logger.Warning("Client {0} cannot ask {1}: {2}", _clientId, Describe(), reason);
    }

    private void OnLeft(KafkaCall call) => Reply(call.Id, call.Left);

    private void OnAnswer(AnswerReceived received)
    {
        var (call, response, version) = received.Lane.Answered(received.Frame, _strings);
        Reply(call.Id, call.FromResponse(response, version));
    }

    private void Reply(long callId, ClientResponse response) =>
        _client.Tell(new ClientReply(callId, response), Self);

    /// <summary>One that nobody waits at is let go: brokers close what is idle (connections.max.idle.ms).</summary>
    private void OnEnded(LaneEnded ended)
    {
        if (ended.Lane == Main || ended.Lane.Load > 0)
        {
            End(ended.Reason);
            return;
        }

        _lanes.Remove(ended.Lane);
        ended.Lane.Dispose();
    }

    private void End(string reason)
    {
        if (_cluster.Failed(_address, reason))
            _logger.Warning("Client {0} has no connection to {1}: {2}", _clientId, Describe(), reason);
        Context.Stop(Self);
    }

    /// <summary>A broker of the bootstrap list has no number yet.</summary>
    private string Describe() => _broker.Exists ? $"broker {_broker} at {_address}" : $"{_address}";

    /// <summary>Comes from a lane's connection, also when the session has ended: nobody need hear of it then.</summary>
    private abstract record LaneNews : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    /// <summary>The lane's connection is there.</summary>
    private sealed record LaneOpened(Lane Lane) : LaneNews;

    private sealed record LaneWritten(Lane Lane) : LaneNews;

    private sealed record LaneEnded(Lane Lane, string Reason) : LaneNews;

    private sealed record AnswerReceived(Lane Lane, byte[] Frame) : LaneNews;
}
