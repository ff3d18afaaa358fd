using System.Buffers;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Brokers;
using AkkaReplication.Clients;
using AkkaReplication.Groups;
using AkkaReplication.Kafka.Apis;
using AkkaReplication.Kafka.FetchSessions;
using AkkaReplication.Metadata;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Connections;

/// <summary>
/// One client's connection by Kafka's protocol: has its requests done by a session of the broker, and writes the answers in
/// the order of the requests. Never waits for the client: answers that it does not read yet keep their memory, and a client
/// that reads nothing for long is let go.
/// </summary>
internal sealed class KafkaConnectionActor : UntypedActor, IConnectionScope, IWithTimers
{
    /// <summary>What is written before the client has to have read some of it.</summary>
    private const int PieceBytes = 1 << 20;

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(30);

    private readonly ConnectionLoop _loop;
    private readonly BrokerContext _broker;
    private readonly IActorRef _brokerActor;
    private readonly FetchSessionCache _fetchSessions;
    private readonly KafkaListenerOptions _options;
    private readonly StringCache _strings = new();
    private readonly Queue<Exchange> _exchanges = new();
    private readonly Queue<Exchange> _toBegin = new();
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private readonly List<long> _fetchesBeingWritten = [];

    // Only those that get an answer: nothing else takes one out again.
    private readonly Dictionary<long, Action<ClientResponse>> _calls = [];
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly List<ClientCall> _beforeSession = [];
    private IActorRef? _session;
    private bool _sessionWanted;
    private int _segment;
    private int _segmentWritten;
    private bool _flushing;
    private bool _draining;
    private bool _inputEnded;
    private bool _ended;
    private long _nextCall;

    public KafkaConnectionActor(
        ConnectionLoop loop,
        BrokerContext broker,
        IActorRef brokerActor,
        FetchSessionCache fetchSessions,
        KafkaListenerOptions options)
    {
        _loop = loop;
        _broker = broker;
        _brokerActor = brokerActor;
        _fetchSessions = fetchSessions;
        _options = options;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    BrokerId IConnectionScope.Broker => _broker.Id;

    string IConnectionScope.ClusterId => _broker.ClusterId;

    string IConnectionScope.Listener => _options.Name;

    KafkaListenerOptions IConnectionScope.Options => _options;

    ReplicationSettings IConnectionScope.Settings => _broker.Settings;

    MetadataImage IConnectionScope.Image => _broker.Image;

    FetchSessionCache IConnectionScope.FetchSessions => _fetchSessions;

    long IConnectionScope.NowMs => Context.NowMs();

    public static Props Props(
        ConnectionLoop loop,
        BrokerContext broker,
        IActorRef brokerActor,
        FetchSessionCache fetchSessions,
        KafkaListenerOptions options) =>
        Akka.Actor.Props.Create(() => new KafkaConnectionActor(loop, broker, brokerActor, fetchSessions, options))
            .WithDispatcher(ReplicationDispatchers.Network);

    protected override void PostStop()
    {
        foreach (var exchange in _exchanges)
            _loop.Release(exchange.Received);
        if (_session is { } session)
            session.Tell(PoisonPill.Instance);
        _loop.End();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case RequestReceived received:
                OnRequest(received);
                break;
            case ClientReply reply:
                if (_calls.Remove(reply.CorrelationId, out var then))
                    then(reply.Response);
                break;
            case GroupReply reply:
                if (_calls.Remove(reply.CorrelationId, out var thenOfGroup))
                    thenOfGroup(reply.Response);
                break;
            case ClientSessionOpened opened:
                OnSession(opened.Session);
                break;
            case Flushed flushed:
                OnFlushed(flushed);
                break;
            case ConnectionDrain:
                _draining = true;
                _loop.EndInput();
                break;
            case InputEnded ended:
                OnInputEnded(ended);
                break;
            case ReadTimedOut:
                End("It has not read its answers.");
                break;
            case ClientSessionRefused:
                End("The broker does not serve.");
                break;
            case Terminated:
                End("The broker's session has ended.");
                break;
            case CountCalls:
                Sender.Tell(new CallsCounted(_calls.Count));
                break;
            default:
                Unhandled(message);
                break;
        }

        if (_ended)
            return;
        BeginWhatMay();
        Write();
    }

    long IConnectionScope.Call(ClientRequest request, Action<ClientResponse> then)
    {
        var call = new ClientCall(_nextCall++, request);
        _calls.Add(call.CorrelationId, then);
        Send(call);
        return call.CorrelationId;
    }

    void IConnectionScope.Send(ClientRequest request) => Send(new ClientCall(_nextCall++, request));

    void IConnectionScope.CallGroup(string? clientId, ClientRequest request, Action<ClientResponse> then)
    {
        var call = _nextCall++;
        _calls.Add(call, then);
        _broker.Groups.Tell(new GroupCall(call, new GroupClient(clientId ?? "", _loop.Host), request), Self);
    }

    void IConnectionScope.End(string reason) => End(reason);

    private void OnRequest(RequestReceived received)
    {
        Exchange? exchange = null;
        try
        {
            var reader = new KafkaReader(received.Frame, _strings);
            var header = RequestHeader.Read(ref reader);
            exchange = new Exchange(header, received);
            _exchanges.Enqueue(exchange);
            if (ApiTable.TryGet(header.ApiKey, header.ApiVersion, out _))
            {
                exchange.Request = KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion);
                _toBegin.Enqueue(exchange);
            }
            else if (header.ApiKey == ApiKey.ApiVersions)
            {
                // The one request that is answered in a version nobody has: it is how a client learns which there are.
                exchange.Answer(ApiVersionsApi.Unsupported(), 0);
            }
            else
            {
                End($"{header.ApiKey} version {header.ApiVersion} is not offered.");
            }
        }
        catch (Protocol.InvalidMessageException e)
        {
            if (exchange is null)
                _loop.Release(received);
            End(e.Message);
        }
    }

    /// <summary>In the order of the requests; each when those before it have been answered, or are of the same pipelined API.</summary>
    private void BeginWhatMay()
    {
        while (!_ended && _toBegin.TryPeek(out var next))
        {
            ApiTable.TryGet(next.Header.ApiKey, next.Version, out var api);
            foreach (var earlier in _exchanges)
            {
                if (ReferenceEquals(earlier, next))
                    break;
                if (!earlier.IsAnswered && !(api!.IsPipelined && earlier.Header.ApiKey == api.Key))
                    return;
            }

            _toBegin.Dequeue();
            var request = next.Request!;
            next.Request = null;
            api!.Handle(this, next, request);
        }
    }

    private void Send(ClientCall call)
    {
        if (_session is { } session)
        {
            session.Tell(call, Self);
            return;
        }

        _beforeSession.Add(call);
        if (_sessionWanted)
            return;
        _sessionWanted = true;
        _brokerActor.Tell(new OpenClientSession(_loop.Remote, ReportsWritten: true), Self);
    }

    private void OnSession(IActorRef session)
    {
        _session = session;
        Context.Watch(session);
        foreach (var call in _beforeSession)
            session.Tell(call, Self);
        _beforeSession.Clear();
        if (_inputEnded && !_draining)
            End(null);
    }

    /// <summary>Everything that is answered, in the order of the requests.</summary>
    private void Write()
    {
        while (!_flushing && !_ended)
        {
            if (_segment == _segments.Count && !PutTogether())
            {
                if (_draining && _exchanges.Count == 0)
                    End(null);
                return;
            }

            WritePiece();
        }
    }

    /// <summary>The frames of the next answers; false where there is none.</summary>
    private bool PutTogether()
    {
        foreach (var fetch in _fetchesBeingWritten)
            _session?.Tell(new ReplyWritten(fetch), Self);
        _fetchesBeingWritten.Clear();
        _segments.Clear();
        _segment = 0;
        _loop.Frames.Clear();
        while (_exchanges.TryPeek(out var exchange) && exchange.IsAnswered && _loop.Frames.Length < PieceBytes)
        {
            _exchanges.Dequeue();
            _loop.Release(exchange.Received);
            if (exchange.Response is { } response)
            {
                KafkaFrames.WriteResponse(
                    _loop.Frames, exchange.ResponseVersion, exchange.Header.CorrelationId, response);
            }

            if (exchange.FetchCall is { } fetch)
                _fetchesBeingWritten.Add(fetch);
        }

        _loop.Frames.GetSegments(_segments);
        return _segments.Count > 0;
    }

    private void WritePiece()
    {
        for (var left = PieceBytes; left > 0 && _segment < _segments.Count;)
        {
            var rest = _segments[_segment][_segmentWritten..];
            var piece = rest[..Math.Min(rest.Length, left)];
            _loop.Output.Write(piece.Span);
            left -= piece.Length;
            _segmentWritten += piece.Length;
            if (piece.Length < rest.Length)
                continue;
            _segment++;
            _segmentWritten = 0;
        }

        var flush = _loop.Output.FlushAsync().AsTask();
        if (flush.IsCompletedSuccessfully)
        {
            if (flush.Result.IsCompleted || flush.Result.IsCanceled)
                End(null);
            return;
        }

        _flushing = true;
        Timers.StartSingleTimer(ReadTimedOut.Instance, ReadTimedOut.Instance, ReadTimeout);
        flush.PipeTo(
            Self,
            success: result => new Flushed(result.IsCompleted || result.IsCanceled),
            failure: _ => new Flushed(IsClosed: true));
    }

    private void OnFlushed(Flushed flushed)
    {
        _flushing = false;
        Timers.Cancel(ReadTimedOut.Instance);
        if (flushed.IsClosed)
            End(null);
    }

    private void OnInputEnded(InputEnded ended)
    {
        // Where the broker lets go, what was asked is answered first. A client that has gone reads no answers, but what it wrote
        // without wanting one (acks=0) is done.
        _inputEnded = true;
        if (ended.Reason is not null || (!_draining && _beforeSession.Count == 0))
            End(ended.Reason);
    }

    private void End(string? reason)
    {
        if (_ended)
            return;
        _ended = true;
        if (reason is not null)
            _logger.Info("The connection of {0} ends: {1}", _loop.Remote, reason);
        Context.Stop(Self);
    }

    private sealed record Flushed(bool IsClosed) : INoSerializationVerificationNeeded;

    /// <summary>The client has not read what was written last.</summary>
    private sealed class ReadTimedOut : INoSerializationVerificationNeeded
    {
        public static readonly ReadTimedOut Instance = new();
    }
}

/// <summary>To a connection's actor: answer what was asked, then let go.</summary>
internal sealed class ConnectionDrain : INoSerializationVerificationNeeded
{
    public static readonly ConnectionDrain Instance = new();
}

/// <summary>To a connection's actor: how many calls are remembered until their answers come?</summary>
internal sealed class CountCalls : INoSerializationVerificationNeeded
{
    public static readonly CountCalls Instance = new();
}

/// <summary>The answer to <see cref="CountCalls"/>.</summary>
internal sealed record CallsCounted(int Calls) : INoSerializationVerificationNeeded;
