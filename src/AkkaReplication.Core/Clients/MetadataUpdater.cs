using System.Collections.Immutable;
using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>
/// Decides when a client asks for metadata, and whom: after a pause between answers, and another broker when one does
/// not
/// answer soon, since the broker that hangs may be the very one whose leaderships have moved.
/// </summary>
internal sealed class MetadataUpdater(
    ClientSettings settings, ClientMetadata metadata, ClientConnections connections, BrokerPicker brokers)
{
    private readonly SortedSet<string> _topics = new(StringComparer.Ordinal);
    private readonly HashSet<BrokerId> _asked = [];
    private bool _wanted;
    private int _topicsVersion;
    private int _askedVersion;
    private long _askedAtMs;
    private long _notBeforeMs = long.MinValue;
    private long _refreshedAtMs = long.MinValue;

    /// <summary>From now on metadata of this topic is of interest.</summary>
    public void Track(string topic)
    {
        if (!_topics.Add(topic))
            return;

        _topicsVersion++;
        _wanted = true;
        _notBeforeMs = long.MinValue;
    }

    /// <summary>What is known has proved wrong or insufficient.</summary>
    public void Want() => _wanted = true;

    public void Poll(long nowMs, EffectList effects)
    {
        if (_topics.Count > 0 && _refreshedAtMs != long.MinValue && nowMs - _refreshedAtMs >= settings.MetadataMaxAgeMs)
            _wanted = true;
        if (!_wanted || nowMs < _notBeforeMs)
            return;

        var stillAsked = _asked.Count > 0 && _askedVersion == _topicsVersion;
        if (stillAsked && nowMs - _askedAtMs < settings.HedgeAfterMs)
            return;
        if (!brokers.TryPick(nowMs, _asked, out var broker, effects))
            return;

        _asked.Add(broker);
        _askedAtMs = nowMs;
        _askedVersion = _topicsVersion;
        var request = new MetadataRequest(ImmutableArray.CreateRange(_topics));
        connections.Call(nowMs, broker, request, this, settings.RequestTimeoutMs, effects);
    }

    public MetadataNews OnAnswer(long nowMs, PendingCall call, MetadataResponse response)
    {
        _asked.Remove(call.Broker);
        var news = metadata.Update(response);
        if (news != MetadataNews.Fresh)
        {
            // Ask another one, but do not spin while all of them lag.
            _notBeforeMs = nowMs + settings.RetryBackoffMs;
            return news;
        }

        _refreshedAtMs = nowMs;
        if (((MetadataRequest)call.Request).Topics is { } asked && asked.Length == _topics.Count)
        {
            _wanted = false;
            _asked.Clear();
            _notBeforeMs = nowMs + settings.RetryBackoffMs;
        }

        return news;
    }

    public void OnLost(PendingCall call) => _asked.Remove(call.Broker);

    /// <summary>When <see cref="Poll"/> has something to do that no other input announces.</summary>
    public long NextDeadlineMs(long nowMs)
    {
        if (!_wanted)
            return _topics.Count == 0 || _refreshedAtMs == long.MinValue
                ? long.MaxValue
                : _refreshedAtMs + settings.MetadataMaxAgeMs;
        if (nowMs < _notBeforeMs)
            return _notBeforeMs;

        var hedgeAt = _asked.Count > 0 ? _askedAtMs + settings.HedgeAfterMs : long.MaxValue;
        return hedgeAt > nowMs ? hedgeAt : long.MaxValue;
    }
}
