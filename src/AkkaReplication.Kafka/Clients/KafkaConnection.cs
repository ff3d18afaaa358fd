using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;
using AkkaReplication.Protocol.Messages;

namespace AkkaReplication.Kafka.Clients;

/// <summary>
/// A socket to a broker, with or without TLS, after both have agreed on versions (KIP-35). One thread writes at a time, and
/// one reads. No more answers are read than were asked for, so what they take of memory is bounded.
/// </summary>
internal sealed class KafkaConnection : IDisposable
{
    /// <summary>More pieces than that a system need not take at once (IOV_MAX is 16 at least, and 1024 in practice).</summary>
    private const int PiecesAtOnce = 256;

    private const int ReadBufferSize = 64 * 1024;

    /// <summary>The highest that brokers of any age either know or refuse with a version that is readable (KIP-511).</summary>
    private const short ApiVersionsVersion = 3;

    private static readonly string Version =
        typeof(KafkaConnection).Assembly.GetName().Version?.ToString(3) ?? "0";

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly FrameReader _frames;
    private readonly List<ReadOnlyMemory<byte>> _segments = [];
    private readonly List<ArraySegment<byte>> _pieces = [];
    private readonly CancellationTokenSource _ended = new();
    private int _awaited;

    private KafkaConnection(Socket socket, Stream stream, int maxAnswerBytes)
    {
        _socket = socket;
        _stream = stream;
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReadBufferSize, leaveOpen: true));
        _frames = new FrameReader(input, maxAnswerBytes);
    }

    /// <summary>What the broker takes.</summary>
    public OfferedApis Apis { get; private set; } = new([]);

    /// <exception cref="IOException">There is no connection; the message says which step failed, and why.</exception>
    public static async Task<KafkaConnection> OpenAsync(
        BrokerAddress address, KafkaClientOptions options, string clientId, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(options.SocketConnectionSetupTimeoutMs);
        var step = "connecting";
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        KafkaConnection? connection = null;
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, patience.Token).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (options.SecurityProtocol == SecurityProtocol.Ssl)
            {
                step = "the TLS handshake";
                stream = await SecureAsync(stream, address.Host, options, patience.Token).ConfigureAwait(false);
            }

            step = "the agreement on versions (is it a Kafka listener for security.protocol = "
                + (options.SecurityProtocol == SecurityProtocol.Ssl ? "SSL?)" : "PLAINTEXT?)");
            connection = new KafkaConnection(socket, stream, options.ReceiveMessageMaxBytes);
            await connection.AgreeAsync(clientId, patience.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            socket.Dispose();
            var reason = e is OperationCanceledException && !ct.IsCancellationRequested
                ? $"not done after {options.SocketConnectionSetupTimeoutMs} ms (socket.connection.setup.timeout.ms)"
                : Describe(e);
            throw new IOException($"{step}: {reason}", e);
        }
    }

    /// <summary>An answer will come to something that is being written.</summary>
    public void Expect() => Interlocked.Increment(ref _awaited);

    /// <summary>Sends the frames as they are, records from where they lie.</summary>
    public async Task WriteAsync(FrameBuffer frames, CancellationToken ct = default)
    {
        _segments.Clear();
        frames.GetSegments(_segments);
        if (_stream is NetworkStream)
        {
            for (var from = 0; from < _segments.Count; from += PiecesAtOnce)
                await SendAsync(from, Math.Min(PiecesAtOnce, _segments.Count - from)).ConfigureAwait(false);
            return;
        }

        foreach (var segment in _segments)
            await _stream.WriteAsync(segment, ct).ConfigureAwait(false);
        await _stream.FlushAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Hands on what the broker answers, until the connection ends.</summary>
    /// <returns>Why it has ended.</returns>
    public async Task<string> ReadAsync(Action<byte[]> answered)
    {
        try
        {
            while (await ReadFrameAsync(_ended.Token).ConfigureAwait(false) is { } frame)
                answered(frame);
            return "the broker has closed the connection";
        }
        catch (Exception e)
        {
            return Describe(e);
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _stream.Dispose();
        _socket.Dispose();
    }

    private static async Task<Stream> SecureAsync(
        Stream stream, string host, KafkaClientOptions options, CancellationToken ct)
    {
        var tls = new SslStream(stream, leaveInnerStreamOpen: false);
        var authentication = new SslClientAuthenticationOptions { TargetHost = host };
        if (options.SslClientCertificate is { } own)
            authentication.ClientCertificates = [own];
        if (options.SslTrustedCertificates is { } trusted)
        {
            authentication.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            authentication.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }

        if (!options.SslVerifyHostname)
        {
            authentication.RemoteCertificateValidationCallback = static (_, _, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
        }

        await tls.AuthenticateAsClientAsync(authentication, ct).ConfigureAwait(false);
        return tls;
    }

    /// <summary>Asks what the broker takes; a broker that does not know that version of the question answers in the first one.</summary>
    private async Task AgreeAsync(string clientId, CancellationToken ct)
    {
        var answer = await AskVersionsAsync(ApiVersionsVersion, clientId, ct).ConfigureAwait(false);
        if (answer.ErrorCode == ErrorCode.UnsupportedVersion)
            answer = await AskVersionsAsync(0, clientId, ct).ConfigureAwait(false);
        if (answer.ErrorCode != ErrorCode.None)
            throw new ReplicationException(answer.ErrorCode, $"ApiVersions was answered by {answer.ErrorCode.KafkaName()}.");
        Apis = new OfferedApis(answer.ApiKeys);
    }

    private async Task<ApiVersionsResponse> AskVersionsAsync(short version, string clientId, CancellationToken ct)
    {
        var request = new ApiVersionsRequest { ClientSoftwareName = "akka-replication", ClientSoftwareVersion = Version };
        using var frames = new FrameBuffer();
        KafkaFrames.WriteRequest(frames, version, version, clientId, request);
        Expect();
        await WriteAsync(frames, ct).ConfigureAwait(false);
        var frame = await ReadFrameAsync(ct).ConfigureAwait(false)
            ?? throw new EndOfStreamException("the broker has closed the connection without an answer");
        var reader = new KafkaReader(frame);
        if (ResponseHeader.Read(ref reader, ApiKey.ApiVersions, version).CorrelationId != version)
            throw new ReplicationException(ErrorCode.InvalidRequest, "the answer is to another request");

        // A broker that does not know the version says so in the form of the first one; in all of them the error comes first.
        return BinaryPrimitives.TryReadInt16BigEndian(frame.AsSpan(reader.Position), out var error)
            && (ErrorCode)error == ErrorCode.UnsupportedVersion
                ? new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion }
                : (ApiVersionsResponse)KafkaApis.ReadResponse(ref reader, ApiKey.ApiVersions, version);
    }

    /// <summary>The next answer; null at the end of the connection.</summary>
    private async ValueTask<byte[]?> ReadFrameAsync(CancellationToken ct)
    {
        if (await _frames.ReadSizeAsync(ct).ConfigureAwait(false) is not { } size)
            return null;
        if (Interlocked.Decrement(ref _awaited) < 0)
            throw new ReplicationException(ErrorCode.InvalidRequest, $"an answer of {size} bytes to nothing that was asked");
        return await _frames.ReadFrameAsync(size, ct).ConfigureAwait(false);
    }

    private async Task SendAsync(int from, int count)
    {
        _pieces.Clear();
        foreach (var segment in CollectionsMarshal.AsSpan(_segments).Slice(from, count))
        {
            // Records and frames lie in arrays; what does not is copied.
            _pieces.Add(MemoryMarshal.TryGetArray(segment, out var array) ? array : new ArraySegment<byte>(segment.ToArray()));
        }

        while (_pieces.Count > 0)
            Skip(await _socket.SendAsync(_pieces, SocketFlags.None).ConfigureAwait(false));
    }

    private void Skip(int sent)
    {
        var whole = 0;
        while (whole < _pieces.Count && sent >= _pieces[whole].Count)
            sent -= _pieces[whole++].Count;
        _pieces.RemoveRange(0, whole);
        if (sent > 0)
            _pieces[0] = _pieces[0][sent..];
    }

    private static string Describe(Exception e) => e switch
    {
        SocketException socket => $"{socket.Message} ({socket.SocketErrorCode})",
        IOException { InnerException: SocketException socket } => $"{socket.Message} ({socket.SocketErrorCode})",
        AuthenticationException { InnerException: { } inner } => $"{e.Message} {inner.Message}",
        EndOfStreamException => "the broker has closed the connection within an answer, or before it",
        OperationCanceledException or ObjectDisposedException => "the client has closed the connection",
        _ => e.Message,
    };
}
