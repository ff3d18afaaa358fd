using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Tests;

/// <summary>A connection that says what a test wants it to say, sense or nonsense.</summary>
internal sealed class KafkaTestClient : IDisposable
{
    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private int _nextCorrelation = 100;

    private KafkaTestClient(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
    }

    public static async Task<KafkaTestClient> ConnectAsync(int port)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(IPAddress.Loopback, port);
        return new KafkaTestClient(tcp);
    }

    /// <summary>Asks and waits for the answer.</summary>
    public async Task<TResponse> AskAsync<TResponse>(IKafkaRequest<TResponse> request, short version)
        where TResponse : class, IKafkaResponse
    {
        var correlation = await SendAsync(request, version);
        return (TResponse)await ReceiveAsync(request.ApiKey, version, correlation);
    }

    /// <summary>Asks; returns the number that the answer has to bear.</summary>
    public async Task<int> SendAsync(IKafkaRequest request, short version)
    {
        var correlation = _nextCorrelation++;
        await SendAsync(Frame(request, version, correlation));
        return correlation;
    }

    public static byte[] Frame(IKafkaRequest request, short version, int correlation)
    {
        using var buffer = new FrameBuffer();
        KafkaFrames.WriteRequest(buffer, version, correlation, "test", request);
        return buffer.ToArray();
    }

    public async Task SendAsync(byte[] bytes)
    {
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        await _stream.WriteAsync(bytes, patience.Token);
    }

    /// <summary>The next answer, which has to be the one to that request.</summary>
    public async Task<IKafkaResponse> ReceiveAsync(ApiKey key, short version, int correlation)
    {
        var frame = await ReceiveFrameAsync();
        var reader = new KafkaReader(frame);
        Assert.Equal(correlation, ResponseHeader.Read(ref reader, key, version).CorrelationId);
        var response = KafkaApis.ReadResponse(ref reader, key, version);
        Assert.Equal(0, reader.Remaining);
        return response;
    }

    public async Task<byte[]> ReceiveFrameAsync()
    {
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        var size = new byte[4];
        await _stream.ReadExactlyAsync(size, patience.Token);
        var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await _stream.ReadExactlyAsync(frame, patience.Token);
        return frame;
    }

    /// <summary>Waits until the broker closes the connection without another word.</summary>
    public async Task ExpectClosedAsync()
    {
        using var patience = new CancellationTokenSource(KafkaCluster.Patience);
        try
        {
            Assert.Equal(0, await _stream.ReadAsync(new byte[1], patience.Token));
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // Closed with bytes of ours unread.
        }
    }

    public void Dispose() => _tcp.Dispose();
}
