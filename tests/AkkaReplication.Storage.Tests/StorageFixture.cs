using System.Collections.Concurrent;
using System.Text;
using AkkaReplication.Records;
using AkkaReplication.Storage.Files;
using AkkaReplication.Storage.Tests.Simulated;

namespace AkkaReplication.Storage.Tests;

/// <summary>A simulated machine with one data directory, and short words for what tests do to logs.</summary>
internal sealed class StorageFixture
{
    public const string Root = "/data";
    public static readonly TopicIdPartition Partition = new(new TopicId(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)), 0);
    public static readonly string LogDirectory = $"{Root}/topic-0";

    private int _ids;

    public StorageFixture() => Files.NowMs = () => Time.NowMs;

    public SimulatedFileSystem Files { get; } = new();

    public ManualTime Time { get; } = new();

    public string BootId { get; set; } = "boot-1";

    public LogSettings Settings { get; set; } = LogSettings.Default;

    /// <summary>
    /// Where flushes run: at once, in the turn that asks for them, so that a test does the same each time; null for a thread of
    /// their own.
    /// </summary>
    public TaskScheduler? FlushScheduler { get; init; } = InlineScheduler.Instance;

    /// <summary>Which files are open; cold ones are flushed and closed at once where there is no room.</summary>
    public OpenFiles OpenFiles { get; set; } = new(1000, InlineScheduler.Instance);

    public StorageSession Session { get; private set; } = null!;

    public PartitionLog Log { get; private set; } = null!;

    public StorageSessionOptions Options => new()
    {
        Directories = [Root],
        ClusterId = "cluster",
        NodeId = new BrokerId(1),
        Files = Files,
        Time = Time,
        BootId = BootId,
        NewId = () => new Guid(++_ids, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
        RecoveryThreads = 1,
        FlushScheduler = FlushScheduler,
        OpenFiles = OpenFiles,
    };

    /// <summary>Opens the session and the log; a first life counts as registered.</summary>
    public StorageFixture Start(StorageSessionOptions? options = null)
    {
        Session = StorageSession.Open(options ?? Options);
        Session.RegistrationAccepted();
        Log = Session.GetOrCreateLog(Partition, "topic", Settings);
        return this;
    }

    /// <summary>The process dies and is started again on the same machine.</summary>
    public async Task<StorageFixture> KillAndRestart()
    {
        await Session.KillAsync();
        Files.Kill();
        return Start();
    }

    public async Task<StorageFixture> CloseAndRestart()
    {
        await Session.CloseCleanlyAsync(new BrokerEpoch(7));
        return Start();
    }

    /// <summary>The machine dies and comes back.</summary>
    public async Task<StorageFixture> CrashAndRestart(Random random)
    {
        await Session.KillAsync();
        Files.Crash(random);
        BootId = $"boot-{random.Next()}";
        return Start();
    }

    /// <summary>One batch with these values as the leader of <paramref name="epoch"/> appends it.</summary>
    public void Append(int epoch, params string[] values) => Append(Batch(values), epoch);

    public void Append(byte[] batch, int epoch, long? appendTimeMs = null)
    {
        Assert.True(BatchHeader.TryRead(batch, out var header));
        Log.AppendAsLeader(batch, header, new LeaderEpoch(epoch), appendTimeMs);
    }

    public static byte[] Batch(params string[] values) => Builder(1000, values).Build();

    public static RecordBatchBuilder Builder(long timestampMs, params string[] values)
    {
        var builder = new RecordBatchBuilder();
        for (var i = 0; i < values.Length; i++)
            Assert.True(builder.TryAppend(timestampMs + i, default, true, Encoding.UTF8.GetBytes(values[i]), false, null, int.MaxValue));
        return builder;
    }

    /// <summary>A batch as a leader has stamped it.</summary>
    public static byte[] Stamped(long baseOffset, int epoch, params string[] values) =>
        Builder(1000, values).Build(baseOffset, new LeaderEpoch(epoch));

    /// <summary>All readable records as "offset:value".</summary>
    public string[] ReadAll() => ReadAll(Log);

    public static string[] ReadAll(PartitionLog log)
    {
        var view = log.View();
        var records = new List<string>();
        var offset = view.LogStartOffset;
        while (offset < view.LogEndOffset)
        {
            var bytes = view.Read(offset, view.LogEndOffset, 1, atLeastOneBatch: true);
            if (bytes.IsEmpty)
                break;
            var batches = new BatchSequence(bytes);
            while (batches.MoveNext())
            {
                AddRecords(records, batches.Current, view.LogStartOffset);
                offset = batches.Header.NextOffset;
            }
        }

        return [.. records];
    }

    public static void AddRecords(List<string> records, ReadOnlyMemory<byte> batch, long from)
    {
        var reader = new RecordBatchReader(batch);
        while (reader.MoveNext())
        {
            if (reader.Offset >= from)
                records.Add($"{reader.Offset}:{Encoding.UTF8.GetString(reader.Value.Span)}");
        }
    }

    public string PathOf(string name) => $"{LogDirectory}/{name}";
}

/// <summary>Runs tasks at once, where they are started.</summary>
internal sealed class InlineScheduler : TaskScheduler
{
    public static readonly InlineScheduler Instance = new();

    protected override void QueueTask(Task task) => TryExecuteTask(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}

/// <summary>Holds what it is given until it is told to run it.</summary>
internal sealed class HeldScheduler : TaskScheduler
{
    private readonly ConcurrentQueue<Task> _held = new();

    /// <summary>Runs what is held, and what that brings, on the calling thread.</summary>
    public void Run()
    {
        while (_held.TryDequeue(out var task))
            TryExecuteTask(task);
    }

    protected override void QueueTask(Task task) => _held.Enqueue(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => _held;
}

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    public long NowMs { get; set; } = 1_000_000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);
}
