using AkkaReplication.Clients;
using AkkaReplication.History;

namespace AkkaReplication.Testing.Clients;

/// <summary>A record on its way, of which the partition becomes known only when it is there, unless it was asked for.</summary>
internal sealed class RecordedSend(TestHistory history, PendingOperation operation, long id, string topic)
{
    private readonly Lock _lock = new();
    private bool _isPlaced;

    /// <summary>What the record is known by.</summary>
    public long Id => id;

    /// <summary>It goes, or went, to this partition.</summary>
    public void Place(string key)
    {
        lock (_lock)
        {
            if (_isPlaced)
                return;
            _isPlaced = true;
            operation.Send(key, id);
        }
    }

    /// <summary>To no partition, as far as anybody has seen.</summary>
    public void PlaceNowhere() => Place(HistoryRecorder.KeyOf(topic, -1));

    public void Delivered(TopicPartitionOffset place)
    {
        End(place.Partition);
        operation.Ok(place.Offset.Value);
    }

    public void Failed(in DeliveryReport report)
    {
        End(report.Partition);
        if (report.Status == PersistenceStatus.NotPersisted)
            operation.Fail();
        else
            operation.Unknown();
    }

    /// <summary>It was not even accepted.</summary>
    public void Refused()
    {
        End(-1);
        operation.Fail();
    }

    public void Unknown() => operation.Unknown();

    private void End(int partition)
    {
        if (partition >= 0)
            Place(HistoryRecorder.KeyOf(topic, partition));
        else
            history.PlaceWhereSeen(this);
        history.Forget(this);
    }
}
