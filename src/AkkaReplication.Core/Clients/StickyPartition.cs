namespace AkkaReplication.Clients;

/// <summary>
/// Spreads records without a key: one partition until a batch's worth of bytes went there, then another one drawn at
/// random (KIP-794), so that batches fill and partitions stay even.
/// </summary>
internal sealed class StickyPartition(int batchSize, Func<double> random)
{
    private readonly List<int> _led = [];
    private int _partition = -1;
    private long _bytes;

    public int Next(KnownTopic topic, int recordBytes)
    {
        if (_partition < 0 || _partition >= topic.Partitions.Length || _bytes >= batchSize || !IsLed(topic, _partition))
            Switch(topic);

        _bytes += recordBytes;
        return _partition;
    }

    private void Switch(KnownTopic topic)
    {
        _led.Clear();
        for (var i = 0; i < topic.Partitions.Length; i++)
        {
            if (i != _partition && IsLed(topic, i))
                _led.Add(i);
        }

        _bytes = 0;
        if (_led.Count > 0)
            _partition = _led[Draw(_led.Count)];
        else if (_partition < 0 || _partition >= topic.Partitions.Length)
            _partition = Draw(topic.Partitions.Length);
    }

    private int Draw(int count) => Math.Min((int)(random() * count), count - 1);

    private static bool IsLed(KnownTopic topic, int partition) =>
        topic.Partitions[partition] is { Leader.Exists: true };
}
