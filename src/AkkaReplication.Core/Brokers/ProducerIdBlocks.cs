using AkkaReplication.Controller;
using AkkaReplication.Effects;
using AkkaReplication.Replicas;

namespace AkkaReplication.Brokers;

/// <summary>Send the request to the controller.</summary>
public sealed record SendAllocateProducerIds(AllocateProducerIds Request) : Effect;

/// <summary>The request behind the token gets this producer id.</summary>
public sealed record ProducerIdAssigned(RequestToken Token, long ProducerId) : Effect;

/// <summary>Call ProducerIdBlocks.OnTimer after the delay; replaces the timer asked for before.</summary>
public sealed record StartProducerIdTimer(long DelayMs) : Effect;

/// <param name="RequestTimeoutMs">When a request without an answer is sent again.</param>
/// <param name="RetryBackoffMs">Pause after a refusal that may pass.</param>
public sealed record ProducerIdBlocksOptions(BrokerId Self, long RequestTimeoutMs = 4_500, long RetryBackoffMs = 50);

/// <summary>
/// Gives out producer ids from blocks that the controller allocated, and gets the next block before the last runs out
/// (KIP-730). Never gives one out twice; what a broker had left when it stopped is lost.
/// </summary>
public sealed class ProducerIdBlocks(ProducerIdBlocksOptions options)
{
    private readonly Queue<RequestToken> _waiting = new();
    private BrokerEpoch _epoch = BrokerEpoch.Unknown;
    private IdRange _current;
    private IdRange _next;
    private long _requestId;
    private bool _inFlight;
    private long _dueMs;
    private long _pausedUntilMs = long.MinValue;

    /// <summary>Requests that wait for a block.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>The broker's life: nothing is asked for before it is known.</summary>
    public void OnRegistered(long nowMs, BrokerEpoch epoch, EffectList effects)
    {
        _epoch = epoch;
        _inFlight = false;
        _pausedUntilMs = long.MinValue;
        Fill(nowMs, effects);
    }

    /// <summary>A producer wants an id; it is answered now or when there is a block.</summary>
    public void OnRequest(long nowMs, RequestToken token, EffectList effects)
    {
        _waiting.Enqueue(token);
        Serve(effects);
        Fill(nowMs, effects);
    }

    public void OnAnswer(long nowMs, AllocateProducerIdsAnswer answer, EffectList effects)
    {
        if (!_inFlight || answer.RequestId != _requestId)
            return;

        _inFlight = false;
        if (answer.Error != ErrorCode.None)
        {
            _pausedUntilMs = nowMs + options.RetryBackoffMs;
            Wait(nowMs, options.RetryBackoffMs, effects);
            return;
        }

        _next = new IdRange(answer.FirstId, answer.FirstId + answer.Count, answer.Count);
        Serve(effects);
        Fill(nowMs, effects);
    }

    /// <summary>Another controller may be there: what is in flight is not waited for.</summary>
    public void OnControllerChanged(long nowMs, EffectList effects)
    {
        _inFlight = false;
        _pausedUntilMs = long.MinValue;
        Fill(nowMs, effects);
    }

    /// <summary>The timer fired: the request in flight has taken too long, or the pause is over.</summary>
    public void OnTimer(long nowMs, EffectList effects)
    {
        if (nowMs < _dueMs)
        {
            effects.Add(new StartProducerIdTimer(_dueMs - nowMs));
            return;
        }

        _inFlight = false;
        Fill(nowMs, effects);
    }

    private void Serve(EffectList effects)
    {
        while (_waiting.Count > 0)
        {
            if (_current.Left == 0)
                (_current, _next) = (_next, default);
            if (_current.Left == 0)
                return;

            effects.Add(new ProducerIdAssigned(_waiting.Dequeue(), _current.Next));
            _current = _current with { Next = _current.Next + 1 };
        }
    }

    private void Fill(long nowMs, EffectList effects)
    {
        var isLow = _current.Left * 10 <= _current.Size && _next.Left == 0;
        if (!isLow || _inFlight || nowMs < _pausedUntilMs || _epoch == BrokerEpoch.Unknown)
            return;

        _inFlight = true;
        _requestId++;
        effects.Add(new SendAllocateProducerIds(new AllocateProducerIds(options.Self, _epoch, _requestId)));
        Wait(nowMs, options.RequestTimeoutMs, effects);
    }

    private void Wait(long nowMs, long delayMs, EffectList effects)
    {
        _dueMs = nowMs + delayMs;
        effects.Add(new StartProducerIdTimer(delayMs));
    }

    private readonly record struct IdRange(long Next, long End, int Size)
    {
        public long Left => End - Next;
    }
}
