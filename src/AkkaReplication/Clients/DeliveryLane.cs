using Akka.Event;

namespace AkkaReplication.Clients;

/// <summary>
/// Calls a producer's delivery handlers, one after the other, on a thread that it has only while there are any:
/// handlers may block, and must then hold up nobody but their own producer. Any thread; allocates nothing per record
/// once as many records as are on their way at a time have gone through.
/// </summary>
internal sealed class DeliveryLane(string name, long memoryBytes, ILoggingAdapter log)
{
    private const int IdleAtMost = 64 * 1024;
    private static readonly TimeSpan ThreadStays = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private HandledDelivery? _idle;
    private int _idleCount;
    private HandledDelivery? _first;
    private HandledDelivery? _last;
    private long _heldBytes;
    private bool _hasThread;
    private bool _isHandling;

    /// <summary>Bytes of records that have a handler which has not returned.</summary>
    public long HeldBytes
    {
        get
        {
            lock (_gate)
                return _heldBytes;
        }
    }

    /// <summary>What a record carries so that its handler is called; null where buffer.memory is used up.</summary>
    public HandledDelivery? TryBegin(IDeliveryHandler handler, object? state, long timestampMs, int sizeBytes)
    {
        lock (_gate)
        {
            if (_heldBytes > 0 && _heldBytes + sizeBytes > memoryBytes)
                return null;

            _heldBytes += sizeBytes;
            var delivery = TakeIdle();
            delivery.Handler = handler;
            delivery.State = state;
            delivery.TimestampMs = timestampMs;
            delivery.SizeBytes = sizeBytes;
            return delivery;
        }
    }

    /// <summary>The record was refused: its handler is not called.</summary>
    public void Drop(HandledDelivery delivery)
    {
        lock (_gate)
            GiveBack(delivery);
    }

    /// <summary>Hands on those of the reported records that have a handler.</summary>
    public void Report(RecordsReported report)
    {
        for (var i = 0; i < report.Completions.Count; i++)
        {
            if (report.Completions[i] is not HandledDelivery delivery)
                continue;

            delivery.Report = DeliveryReports.For(report, i, delivery.TimestampMs);
            Enqueue(delivery);
        }
    }

    /// <summary>Completes the flush once the handlers of everything reported so far have returned.</summary>
    public void Flush(TaskCompletionSource flushed)
    {
        lock (_gate)
        {
            if (_first is not null || _isHandling)
            {
                Enqueue(new HandledDelivery { Flushed = flushed });
                return;
            }
        }

        flushed.TrySetResult();
    }

    private void Enqueue(HandledDelivery delivery)
    {
        lock (_gate)
        {
            if (_last is null)
                _first = delivery;
            else
                _last.Next = delivery;
            _last = delivery;
            if (!_hasThread)
            {
                _hasThread = true;
                new Thread(Run) { Name = name, IsBackground = true }.UnsafeStart();
            }
            else if (_first == delivery)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    private void Run()
    {
        HandledDelivery? handled = null;
        while (TryTake(handled, out handled))
            Handle(handled!);
    }

    /// <summary>The next delivery, in exchange for the last; false after a while without any.</summary>
    private bool TryTake(HandledDelivery? handled, out HandledDelivery? delivery)
    {
        lock (_gate)
        {
            _isHandling = false;
            if (handled is { Flushed: null })
                GiveBack(handled);
            if (_first is null)
                Monitor.Wait(_gate, ThreadStays);

            delivery = _first;
            if (delivery is null)
            {
                _hasThread = false;
                return false;
            }

            _first = delivery.Next;
            if (_first is null)
                _last = null;
            delivery.Next = null;
            _isHandling = true;
            return true;
        }
    }

    private void Handle(HandledDelivery delivery)
    {
        if (delivery.Flushed is { } flushed)
        {
            flushed.TrySetResult();
            return;
        }

        try
        {
            delivery.Handler!.OnDelivery(delivery.Report, delivery.State);
        }
        catch (Exception e)
        {
            // The other records' reports must not suffer.
            log.Error(e, "A delivery handler threw for {0}", delivery.Report.TopicPartitionOffset);
        }
    }

    private HandledDelivery TakeIdle()
    {
        if (_idle is not { } delivery)
            return new HandledDelivery();

        _idle = delivery.Next;
        _idleCount--;
        delivery.Next = null;
        return delivery;
    }

    private void GiveBack(HandledDelivery delivery)
    {
        _heldBytes -= delivery.SizeBytes;
        delivery.Handler = null;
        delivery.State = null;
        delivery.Report = default;
        if (_idleCount >= IdleAtMost)
            return;

        delivery.Next = _idle;
        _idle = delivery;
        _idleCount++;
    }
}
