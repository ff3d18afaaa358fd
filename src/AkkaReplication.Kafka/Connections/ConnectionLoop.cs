using System.IO.Pipelines;
using System.Net;
using Akka.Actor;
using Akka.Event;
using AkkaReplication.Protocol;
using Microsoft.AspNetCore.Connections;

namespace AkkaReplication.Kafka.Connections;

/// <summary>
/// Reads a connection and hands its requests to its actor, no more than it can have in memory. Ends with the connection, or
/// with the actor.
/// </summary>
internal sealed class ConnectionLoop(ConnectionContext connection, KafkaListenerOptions options, RequestBudget budget)
    : IDisposable
{
    /// <summary>
    /// Requests without an answer; a client that sends more is not read until one is answered. Of those that wait for
    /// acknowledgements no client has that many.
    /// </summary>
    internal const int MostUnanswered = 256;

    /// <summary>A client that has begun a request and sends nothing more of it has gone.</summary>
    private static readonly TimeSpan FrameTimeout = TimeSpan.FromSeconds(30);

    // Handed to the actor and not given back: one that stops leaves some of them in its mailbox.
    private readonly HashSet<RequestReceived> _handedOver = new(ReferenceEqualityComparer.Instance);
    private readonly SemaphoreSlim _slots = new(MostUnanswered, MostUnanswered);
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _noMore = new();
    private readonly TaskCompletionSource _actorEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where answers are written.</summary>
    public PipeWriter Output => connection.Transport.Output;

    /// <summary>Where answers are put together before that.</summary>
    public FrameBuffer Frames { get; } = new();

    /// <summary>The client's address, for logs.</summary>
    public string Remote => connection.RemoteEndPoint?.ToString() ?? connection.ConnectionId;

    /// <summary>The client's address as descriptions of groups show it.</summary>
    public string Host => connection.RemoteEndPoint is IPEndPoint { Address: var address }
        ? $"/{(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)}"
        : "";

    /// <summary>Serves the connection to its end.</summary>
    public async Task RunAsync(IActorRef actor)
    {
        string? reason = null;
        try
        {
            await ReadAsync(actor).ConfigureAwait(false);
        }
        catch (ReplicationException e)
        {
            reason = e.Message;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or EndOfStreamException)
        {
            // It was reset, it is told to end, or nothing came in time: the actor does not need to know which.
        }
        finally
        {
            actor.Tell(new InputEnded(reason));
            await _actorEnded.Task.ConfigureAwait(false);
            GiveBackTheRest();
            await connection.Transport.Output.CompleteAsync().ConfigureAwait(false);
            await connection.Transport.Input.CompleteAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        _ended.Dispose();
        _noMore.Dispose();
        Frames.Dispose();
    }

    /// <summary>No more requests are read; what is being answered goes on.</summary>
    public void EndInput() => _noMore.Cancel();

    /// <summary>The request has been answered and its memory is free.</summary>
    public void Release(RequestReceived request)
    {
        lock (_handedOver)
        {
            if (!_handedOver.Remove(request))
                return;
        }

        budget.Give(request.Frame.Length);
        _slots.Release();
    }

    /// <summary>The actor has ended: the connection does.</summary>
    public void End()
    {
        _ended.Cancel();
        connection.Abort();
        _actorEnded.TrySetResult();
    }

    /// <summary>Nothing is read any more, and the actor releases nothing any more.</summary>
    private void GiveBackTheRest()
    {
        lock (_handedOver)
        {
            foreach (var request in _handedOver)
                budget.Give(request.Frame.Length);
            _handedOver.Clear();
        }
    }

    private async Task ReadAsync(IActorRef actor)
    {
        using var ct = CancellationTokenSource.CreateLinkedTokenSource(
            _ended.Token, _noMore.Token, connection.ConnectionClosed);
        var frames = new FrameReader(connection.Transport.Input, options.SocketRequestMaxBytes);
        while (true)
        {
            if (await ReadSizeAsync(frames, ct.Token).ConfigureAwait(false) is not { } size)
                return;
            await _slots.WaitAsync(ct.Token).ConfigureAwait(false);
            await budget.TakeAsync(size, ct.Token).ConfigureAwait(false);
            byte[] frame;
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct.Token);
                patience.CancelAfter(FrameTimeout);
                frame = await frames.ReadFrameAsync(size, patience.Token).ConfigureAwait(false);
            }
            catch
            {
                budget.Give(size);
                throw;
            }

            var request = new RequestReceived(frame);
            lock (_handedOver)
                _handedOver.Add(request);
            actor.Tell(request, ActorRefs.NoSender);
        }
    }

    /// <summary>A client that waits for an answer is not idle.</summary>
    private async Task<int?> ReadSizeAsync(FrameReader frames, CancellationToken ct)
    {
        var reading = frames.ReadSizeAsync(ct);
        if (reading.IsCompleted)
            return await reading.ConfigureAwait(false);

        var size = reading.AsTask();
        while (true)
        {
            try
            {
                return await size.WaitAsync(options.ConnectionsMaxIdle, ct).ConfigureAwait(false);
            }
            catch (TimeoutException) when (_slots.CurrentCount < MostUnanswered)
            {
                // Something is parked.
            }
            catch (TimeoutException)
            {
                _noMore.Cancel();
            }
        }
    }
}

/// <summary>The memory of the requests of a broker's clients.</summary>
internal sealed class RequestBudget(long queuedMaxRequestBytes)
{
    /// <summary>
    /// Requests up to that size have memory of their own: large ones that do not come to an end never stand in the way of
    /// heartbeats, fetches and small batches.
    /// </summary>
    private const int Small = 64 * 1024;

    private readonly RequestMemory _small = new(queuedMaxRequestBytes / 4);
    private readonly RequestMemory _large = new(queuedMaxRequestBytes - (queuedMaxRequestBytes / 4));

    /// <summary>Bytes that are taken now.</summary>
    public long TakenBytes => _small.TakenBytes + _large.TakenBytes;

    public ValueTask TakeAsync(int size, CancellationToken ct) => Of(size).TakeAsync(size, ct);

    public void Give(int size) => Of(size).Give(size);

    private RequestMemory Of(int size) => size <= Small ? _small : _large;
}

/// <summary>To a connection's actor: a request, its header included.</summary>
internal sealed record RequestReceived(byte[] Frame) : INoSerializationVerificationNeeded;

/// <summary>
/// To a connection's actor: the client sends nothing more. Where the actor has ended first, nobody need hear of it.
/// </summary>
/// <param name="Reason">What it did wrong, if anything.</param>
internal sealed record InputEnded(string? Reason) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
