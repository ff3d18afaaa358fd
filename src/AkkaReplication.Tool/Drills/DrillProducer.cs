using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Drills;

/// <summary>
/// Sends the input in the background, line after line to the partitions in turn, and records every acknowledgement.
/// While
/// a scenario runs it keeps an even pace and begins the input again, as new records, when it comes to its end; after
/// that it sends what is left of the first pass as fast as it can. It never sends a record twice: retrying is the
/// client's.
/// </summary>
internal sealed class DrillProducer : IAsyncDisposable
{
    private const int MaxOutstandingRecords = 20_000;
    private const long MaxOutstandingBytes = 16L * 1024 * 1024;

    /// <summary>
    /// Everything is stored three times and read eight times: large records must not make the drill long.
    /// </summary>
    private const long MaxBytesPerSecond = 8L * 1024 * 1024;

    private readonly DrillInput _input;
    private readonly IDrillClient _client;
    private readonly Timeline _timeline;
    private readonly int _partitions;
    private readonly int _recordsPerSecond;
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _finishing;
    private volatile Exception? _failure;
    private long _outstandingBytes;
    private long _sentBytes;
    private long _startMs;
    private Task _sending = Task.CompletedTask;

    public DrillProducer(
        DrillInput input,
        IDrillClient client,
        Timeline timeline,
        ProduceHistory history,
        int partitions,
        int recordsPerSecond)
    {
        _input = input;
        _client = client;
        _timeline = timeline;
        _partitions = partitions;
        _recordsPerSecond = recordsPerSecond;
        History = history;
    }

    public ProduceHistory History { get; }

    /// <summary>An error that is no answer of the cluster's: the drill itself, or the client, is broken.</summary>
    public Exception? Failure => _failure ?? _sending.Exception?.InnerException;

    public void Start()
    {
        _startMs = _timeline.ElapsedMs;
        _sending = Task.Run(SendAsync);
    }

    /// <summary>Sends the rest of the first pass and ends; the answers may be outstanding still.</summary>
    public Task FinishSendingAsync()
    {
        _finishing = true;
        return _sending;
    }

    /// <summary>Stops sending at once; answers may still come.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        var ct = _stop.Token;
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        do
        {
            foreach (var line in _input.ReadLines())
            {
                while (MustWait())
                    await tick.WaitForNextTickAsync(ct).ConfigureAwait(false);
                ct.ThrowIfCancellationRequested();
                if (_finishing && History.Sent >= _input.Lines)
                    return;
                Send(line);
            }
        }
        while (!_finishing);
    }

    private bool MustWait()
    {
        if (History.Outstanding >= MaxOutstandingRecords)
            return true;
        if (Interlocked.Read(ref _outstandingBytes) >= MaxOutstandingBytes)
            return true;
        if (_finishing)
            return false;

        var elapsedMs = _timeline.ElapsedMs - _startMs;
        return History.Sent >= elapsedMs * _recordsPerSecond / 1000
            || _sentBytes >= elapsedMs * MaxBytesPerSecond / 1000;
    }

    private void Send(byte[] value)
    {
        var partition = (int)(History.Sent % _partitions);
        var sent = History.OnSent(partition, value, _timeline.ElapsedMs);
        _sentBytes += value.Length;
        Interlocked.Add(ref _outstandingBytes, value.Length);

        _ = ProduceAsync(sent, value);
    }

    private async Task ProduceAsync(SentRecord sent, byte[] value)
    {
        try
        {
            var offset = await _client.ProduceAsync(sent.Partition, RecordKey.Of(sent.Record), value)
                .ConfigureAwait(false);
            History.OnAcknowledged(sent, offset, _timeline.ElapsedMs);
        }
        catch (ReplicationException e)
        {
            History.OnRefused(sent, e.Error);
        }
        catch (Exception e)
        {
            _failure ??= e;
            History.OnRefused(sent, ErrorCode.UnknownServerError);
        }
        finally
        {
            Interlocked.Add(ref _outstandingBytes, -value.Length);
        }
    }
}
