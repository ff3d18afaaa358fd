using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Tests.Clients;

/// <summary>
/// A listener that answers as a test wants it to, sense or nonsense. Left alone it is a broker with one partition of "orders"
/// that takes everything and keeps nothing.
/// </summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    private static readonly Guid TopicId = Guid.NewGuid();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<NetworkStream, byte> _connections = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;
    private long _nextOffset;

    public FakeBroker()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => $"127.0.0.1:{Port}";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What is offered.</summary>
    public Dictionary<ApiKey, (short Lowest, short Highest)> Offered { get; } =
        KafkaApis.All.ToArray().ToDictionary(api => api.Key, api => (api.Lowest, api.Highest));

    /// <summary>What was asked, in its order.</summary>
    public ConcurrentQueue<RequestHeader> Asked { get; } = new();

    /// <summary>Connections that are open now.</summary>
    public int Connections => _connections.Count;

    /// <summary>
    /// Comes before the usual answer. Returns null for the usual.
    /// </summary>
    public Func<RequestHeader, Reply?> Answer { get; set; } = _ => null;

    /// <summary>A frame with those bytes behind the header of an answer to that request.</summary>
    public static byte[] Frame(RequestHeader to, byte[] body)
    {
        var header = KafkaApis.ResponseHeaderVersion(to.ApiKey, to.ApiVersion) == 0 ? 4 : 5;
        var frame = new byte[4 + header + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, header + body.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), to.CorrelationId);
        body.CopyTo(frame, 4 + header);
        return frame;
    }

    /// <summary>A frame with that answer.</summary>
    public static byte[] Frame(RequestHeader to, IKafkaResponse response, short? version = null)
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteResponse(buffer, version ?? to.ApiVersion, to.CorrelationId, response);
        return buffer.ToArray();
    }

    /// <summary>The usual answer to Metadata.</summary>
    public byte[] Metadata(RequestHeader to) => Frame(to, Usual(to.ApiKey, to.ApiVersion, new MetadataRequest())!);

    public async ValueTask DisposeAsync()
    {
        _ended.Cancel();
        _listener.Stop();
        foreach (var connection in _connections.Keys)
            connection.Dispose();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
        }
        catch (Exception) when (_ended.IsCancellationRequested)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient tcp)
    {
        using var stream = tcp.GetStream();
        _connections[stream] = 0;
        try
        {
            var size = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(size, _ended.Token);
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
                await stream.ReadExactlyAsync(frame, _ended.Token);
                if (AnswerTo(frame) is not { } answer)
                    continue;
                await stream.WriteAsync(answer.Bytes, _ended.Token);
                if (answer.ThenClose)
                    return;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone, or the test is over.
        }
        finally
        {
            _connections.TryRemove(stream, out _);
        }
    }

    private Reply? AnswerTo(byte[] frame)
    {
        var reader = new KafkaReader(frame);
        var header = RequestHeader.Read(ref reader);
        Asked.Enqueue(header);
        if (Answer(header) is { } answer)
            return answer;

        var request = KafkaApis.ReadRequest(ref reader, header.ApiKey, header.ApiVersion);
        return Usual(header.ApiKey, header.ApiVersion, request) is { } usual
            ? new Reply(Frame(header, usual))
            : null;
    }

    private IKafkaResponse? Usual(ApiKey key, short version, IKafkaRequest request) => key switch
    {
        ApiKey.ApiVersions => new ApiVersionsResponse
        {
            ApiKeys =
            [
                .. Offered.Select(api => new ApiVersionsResponse.ApiVersion
                {
                    ApiKey = (short)api.Key,
                    MinVersion = api.Value.Lowest,
                    MaxVersion = api.Value.Highest,
                }),
            ],
        },
        ApiKey.Metadata => new MetadataResponse
        {
            ClusterId = "fake",
            ControllerId = 1,
            Brokers = [new() { NodeId = 1, Host = "127.0.0.1", Port = Port, Rack = null }],
            Topics =
            [
                new()
                {
                    Name = "orders",
                    TopicId = version >= 10 ? TopicId : Guid.Empty,
                    Partitions =
                    [
                        new() { LeaderId = 1, LeaderEpoch = 0, ReplicaNodes = [1], IsrNodes = [1], OfflineReplicas = [] },
                    ],
                },
            ],
        },
        ApiKey.InitProducerId => new InitProducerIdResponse { ProducerId = 7 },
        ApiKey.Produce when request is ProduceRequest { Acks: 0 } => null,
        ApiKey.Produce => new ProduceResponse
        {
            Topics =
            [
                new()
                {
                    Name = "orders",
                    Partitions = [new() { BaseOffset = Interlocked.Increment(ref _nextOffset) - 1, RecordErrors = [] }],
                },
            ],
        },
        _ => throw new NotSupportedException($"{key} has no usual answer."),
    };

    /// <summary>What is written, as it is.</summary>
    public readonly record struct Reply(byte[] Bytes, bool ThenClose = false);
}
