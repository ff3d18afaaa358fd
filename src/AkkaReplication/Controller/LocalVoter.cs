using System.Text.Json;
using AkkaReplication.Effects;
using AkkaReplication.Metadata;
using AkkaReplication.Storage.Files;

namespace AkkaReplication.Controller;

/// <summary>
/// The shell of the only voter of an embedded cluster (P7): its promise and its log on disk. Calls return when what they
/// say is flushed. Any thread, one at a time.
/// </summary>
internal sealed class LocalVoter : IDisposable
{
    private const string PromiseName = "quorum-state";

    private readonly IFileSystem _files;
    private readonly string _promisePath;
    private readonly MetadataLogFile _log;
    private readonly MetadataVoter _voter;
    private readonly EffectList _effects = new();
    private readonly EffectInterpreter _interpreter;
    private readonly Lock _lock = new();
    private object? _answer;
    private string? _failure;

    private LocalVoter(IFileSystem files, string promisePath, MetadataLogFile log, MetadataVoter voter)
    {
        _files = files;
        _promisePath = promisePath;
        _log = log;
        _voter = voter;
        _interpreter = new EffectInterpreter(Perform);
    }

    /// <summary>The last offset, or -1.</summary>
    public long LastOffset
    {
        get
        {
            lock (_lock)
                return _voter.LastOffset;
        }
    }

    /// <summary>Opens a formatted controller directory.</summary>
    /// <exception cref="ReplicationException">KAFKA_STORAGE_ERROR: its promise or its log is damaged.</exception>
    public static LocalVoter Open(IFileSystem files, string directory, VoterIdentity identity)
    {
        var promisePath = Path.Combine(directory, PromiseName);
        var promise = ReadPromise(files, promisePath);
        var log = MetadataLogFile.Open(files, Path.Combine(directory, "__cluster_metadata-0"));
        return new LocalVoter(
            files, promisePath, log, new MetadataVoter(identity, promise, log.Epochs(), log.LastOffset));
    }

    public ClaimAnswer Claim(ClaimEpoch claim) => (ClaimAnswer)Ask(effects => _voter.OnClaim(claim, effects));

    public AppendMetadataAnswer Append(AppendMetadata append) =>
        (AppendMetadataAnswer)Ask(effects => _voter.OnAppend(append, effects));

    /// <summary>All batches, oldest first.</summary>
    public IReadOnlyList<MetadataBatch> ReadAll()
    {
        lock (_lock)
            return [.. _log.ReadAll()];
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _failure ??= "it was closed";
            _voter.OnStorageFailed(_failure);
            _log.Dispose();
        }
    }

    private object Ask(Action<EffectList> turn)
    {
        lock (_lock)
        {
            // What it would say now stands behind a write that never completed.
            if (_failure is { } reason)
                throw new ReplicationException(ErrorCode.KafkaStorageError, $"The metadata log has failed: {reason}");
            _answer = null;
            turn(_effects);
            _interpreter.Run(_effects);
            return _answer ?? throw new InvalidOperationException("The voter did not answer.");
        }
    }

    private void Perform(Effect effect)
    {
        switch (effect)
        {
            case PersistPromise persist:
                Write(persist, () => WritePromise(persist.Promise));
                break;
            case AppendMetadataLog append:
                Write(append, () => _log.Append(append.Batch));
                break;
            case TruncateMetadataLog truncate:
                Write(truncate, () => _log.Truncate(truncate.LastOffset));
                break;
            case AnswerClaim answer:
                _answer = answer.Answer;
                break;
            case AnswerAppend answer:
                _answer = answer.Answer;
                break;
            default:
                throw new InvalidOperationException($"A voter does not know the effect {effect}.");
        }
    }

    /// <summary>After a failed write nobody knows what the disk holds: the answer behind it is never given.</summary>
    private void Write(BarrierEffect barrier, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _failure = e.Message;
            _voter.OnStorageFailed(e.Message);
            throw new ReplicationException(ErrorCode.KafkaStorageError, $"The metadata log failed: {e.Message}", e);
        }

        _interpreter.Completed(barrier);
    }

    private void WritePromise(VoterPromise promise) => _files.WriteAtomically(
        _promisePath,
        JsonSerializer.Serialize(new StoredPromise(
            0, promise.Epoch.Value, promise.Claimant?.Node, promise.Claimant?.Incarnation)));

    private static VoterPromise ReadPromise(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
            return VoterPromise.None;
        try
        {
            var stored = JsonSerializer.Deserialize<StoredPromise>(files.ReadAllBytes(path))
                ?? throw new JsonException("it is null");
            var claimant = stored.Node is null ? null : new Claimant(stored.Node, stored.Incarnation ?? Guid.Empty);
            return new VoterPromise(new ControllerEpoch(stored.Epoch), claimant);
        }
        catch (JsonException e)
        {
            throw new ReplicationException(
                ErrorCode.KafkaStorageError, $"{path} is damaged: {e.Message}. It is left as it is.", e);
        }
    }

    private sealed record StoredPromise(int Version, int Epoch, string? Node, Guid? Incarnation);
}
