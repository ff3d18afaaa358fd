using AkkaReplication.Effects;

namespace AkkaReplication.Links;

/// <summary>
/// How many bytes of records may be on this side: asked for, or with replicas that have not appended them. Without credit
/// nothing is asked for, so that a broker with thousands of lagging partitions, or a slow disk, holds no more than that.
/// </summary>
public sealed partial class FollowerLink
{
    private long _limitBytes = long.MaxValue;
    private long _askedBytes;
    private long _heldBytes;

    /// <summary>Bytes that replicas have been handed and not yet stated a new position for.</summary>
    public long HeldBytes => _heldBytes;

    /// <summary>Bytes that answers to the requests on their way may bring, and <see cref="HeldBytes"/>.</summary>
    public long OutstandingBytes => _askedBytes + _heldBytes;

    /// <summary>
    /// The part of the broker's memory that this link may use. A single batch may exceed it, or nothing would move any more.
    /// </summary>
    /// <param name="bytes">1 or more; before the first call there is no limit.</param>
    public void OnCredit(long nowMs, long bytes, EffectList effects)
    {
        _limitBytes = Math.Max(1, bytes);
        Pump(nowMs, effects);
    }

    /// <summary>What one request asks for: a parked one must leave room for those that overtake it.</summary>
    private int RequestBytes => (int)Math.Clamp(_limitBytes / MaxInFlight, 1, options.MaxBytes);

    private bool HasCredit => OutstandingBytes + RequestBytes <= _limitBytes || (_heldBytes == 0 && _inFlight.Count == 0);

    private void Hold(Followed followed, int bytes)
    {
        followed.HeldBytes += bytes;
        _heldBytes += bytes;
    }

    private void LetGo(Followed followed)
    {
        _heldBytes -= followed.HeldBytes;
        followed.HeldBytes = 0;
    }
}
