using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Clients;

/// <summary>What a connection is for: brokers answer in order, so what waits long must not stand before what does not.</summary>
internal enum LaneKind : byte
{
    /// <summary>Everything that is answered soon.</summary>
    Main,

    /// <summary>Fetches, which wait for records.</summary>
    Fetch,
}

/// <summary>
/// One connection of a session, from the first attempt to its end, and the calls that go over it. In the turns of the
/// session's actor, but for <see cref="ConnectAsync"/>.
/// </summary>
internal sealed class Lane(LaneKind kind) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<KafkaCall> _toWrite = new();
    private readonly Queue<Exchange> _unanswered = new();
    private readonly List<KafkaCall> _leaving = [];
    private readonly CancellationTokenSource _closed = new();
    private KafkaConnection? _connection;
    private FrameBuffer _filling = new();
    private FrameBuffer _leavingFrames = new();
    private int _lastCorrelationId;
    private bool _isClosed;

    public LaneKind Kind => kind;

    /// <summary>The connection is there.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Something is being written.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Calls that have no answer.</summary>
    public int Load => _toWrite.Count + _unanswered.Count + _leaving.Count;

    /// <summary>Connects; where nobody wants the connection any more, it is closed.</summary>
    /// <exception cref="IOException">The message says why there is none.</exception>
    public async Task ConnectAsync(BrokerAddress address, KafkaClientOptions options, string clientId)
    {
        var connection = await KafkaConnection.OpenAsync(address, options, clientId, _closed.Token).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_isClosed)
            {
                _connection = connection;
                return;
            }
        }

        connection.Dispose();
    }

    /// <summary>Its connection is there, and used from now on.</summary>
    public KafkaConnection Open()
    {
        IsOpen = true;
        return _connection!;
    }

    public void Enqueue(KafkaCall call) => _toWrite.Enqueue(call);

    /// <summary>Writes what waits, all of it at once, unless something is being written.</summary>
    /// <param name="refuse">Gets what the broker's versions cannot say.</param>
    /// <returns>The writing; null where there is nothing to do.</returns>
    public Task? Write(string clientId, Action<KafkaCall, ReplicationException> refuse)
    {
        if (!IsOpen || IsWriting)
            return null;

        while (_toWrite.TryDequeue(out var call))
            PutTogether(call, clientId, refuse);
        if (_filling.Length == 0)
            return null;

        IsWriting = true;
        (_filling, _leavingFrames) = (_leavingFrames, _filling);
        return _connection!.WriteAsync(_leavingFrames);
    }

    /// <summary>What was being written has left.</summary>
    /// <param name="done">Gets the calls that have no answer.</param>
    public void Written(Action<KafkaCall> done)
    {
        IsWriting = false;
        _leavingFrames.Clear();
        foreach (var call in _leaving)
            done(call);
        _leaving.Clear();
    }

    /// <summary>The call that this frame answers, and the answer.</summary>
    /// <exception cref="ReplicationException">It is no answer to what is due.</exception>
    public (KafkaCall Call, IKafkaResponse Response, short Version) Answered(byte[] frame, StringCache strings)
    {
        if (!_unanswered.TryDequeue(out var due))
            throw new ReplicationException(ErrorCode.InvalidRequest, "an answer to nothing that was asked");

        var reader = new KafkaReader(frame, strings);
        var correlationId = ResponseHeader.Read(ref reader, due.Call.Api, due.Version).CorrelationId;
        if (correlationId != due.CorrelationId)
        {
            throw new ReplicationException(
                ErrorCode.InvalidRequest,
                $"the answer to {due.Call.Api} {due.CorrelationId} was due, the one to {correlationId} came");
        }

        return (due.Call, KafkaApis.ReadResponse(ref reader, due.Call.Api, due.Version), due.Version);
    }

    public void Dispose()
    {
        KafkaConnection? connection;
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            connection = _connection;
        }

        _closed.Cancel();
        _closed.Dispose();
        connection?.Dispose();
        _filling.Dispose();

        // What a write may still be reading from goes back to no pool.
        if (!IsWriting)
            _leavingFrames.Dispose();
    }

    private void PutTogether(KafkaCall call, string clientId, Action<KafkaCall, ReplicationException> refuse)
    {
        short version;
        var correlationId = unchecked(++_lastCorrelationId);
        try
        {
            version = _connection!.Apis.Choose(call.Api, call.LowestVersion, call.HighestVersion);
            KafkaFrames.WriteRequest(_filling, version, correlationId, clientId, call.ToRequest(version));
        }
        catch (ReplicationException e)
        {
            refuse(call, e);
            return;
        }

        if (!call.HasAnswer)
        {
            _leaving.Add(call);
            return;
        }

        _connection.Expect();
        _unanswered.Enqueue(new Exchange(call, correlationId, version));
    }

    private readonly record struct Exchange(KafkaCall Call, int CorrelationId, short Version);
}
