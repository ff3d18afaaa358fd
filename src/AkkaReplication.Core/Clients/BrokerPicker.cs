using AkkaReplication.Effects;

namespace AkkaReplication.Clients;

/// <summary>Picks a broker for what any broker can answer: by turns, among those with an open connection.</summary>
internal sealed class BrokerPicker(ClientSettings settings, ClientMetadata metadata, ClientConnections connections)
{
    /// <summary>So many connections are opened at once while none is open.</summary>
    private const int OpenAtOnce = 3;

    private BrokerId[] _candidates = [];
    private int _version = -1;
    private int _turn;

    /// <summary>
    /// A broker with an open connection; false while there is none but those excepted, then some are being opened.
    /// </summary>
    public bool TryPick(long nowMs, IReadOnlyCollection<BrokerId> except, out BrokerId broker, EffectList effects)
    {
        Refresh();
        for (var i = 0; i < _candidates.Length; i++)
        {
            broker = _candidates[(_turn + i) % _candidates.Length];
            if (except.Contains(broker) || !connections.IsOpen(broker))
                continue;

            _turn += i + 1;
            return true;
        }

        broker = BrokerId.None;
        OpenSome(nowMs, except, effects);
        return false;
    }

    private void OpenSome(long nowMs, IReadOnlyCollection<BrokerId> except, EffectList effects)
    {
        var opening = 0;
        for (var i = 0; i < _candidates.Length && opening < OpenAtOnce; i++)
        {
            var candidate = _candidates[(_turn + i) % _candidates.Length];
            if (except.Contains(candidate))
                continue;

            connections.TryUse(nowMs, candidate, effects);
            if (connections.IsOpening(candidate))
                opening++;
        }
    }

    private void Refresh()
    {
        if (_version == metadata.BrokersVersion)
            return;

        // The bootstrap list stays in: after all known brokers were replaced it may be what is left.
        _version = metadata.BrokersVersion;
        _candidates =
        [
            .. metadata.Brokers.Where(broker => !broker.Fenced).Select(broker => broker.Id)
                .Concat(settings.Bootstrap).Distinct().Order(),
        ];
    }
}
