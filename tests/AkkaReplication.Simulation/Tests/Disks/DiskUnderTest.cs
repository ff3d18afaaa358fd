using AkkaReplication.Logs;
using AkkaReplication.Metadata;
using AkkaReplication.Records;
using AkkaReplication.Simulation.Disks;
using AkkaReplication.Simulation.Disks.Memory;
using AkkaReplication.Simulation.Disks.RealStorage;
using AkkaReplication.Simulation.Time;
using Xunit;

namespace AkkaReplication.Simulation.Tests.Disks;

/// <summary>One disk with its own time, the life on it, and short words for what tests do to it.</summary>
internal sealed class DiskUnderTest
{
    private readonly Dictionary<TopicIdPartition, IReplicaLog> _logs = [];

    private DiskUnderTest(string kind, Func<VirtualTime, IBrokerDisk> make)
    {
        Kind = kind;
        Disk = make(Time);
    }

    public string Kind { get; }

    public VirtualTime Time { get; } = new();

    public IBrokerDisk Disk { get; }

    public IDiskSession Session { get; private set; } = null!;

    public static DiskUnderTest Memory(ulong seed) =>
        new("memory", time => new MemoryDisk(time, new Chance(seed), "cluster", new BrokerId(1)));

    public static DiskUnderTest Storage(ulong seed, int? mostOpenFiles = null) => new(
        "storage",
        time => new StorageDisk(time, new Chance(seed), "cluster", new BrokerId(1), mostOpenFiles: mostOpenFiles));

    public static DiskUnderTest Of(string kind, ulong seed) => kind == "memory" ? Memory(seed) : Storage(seed);

    public DiskUnderTest Open(bool flushBeforeAcknowledging = false)
    {
        _logs.Clear();
        Session = Disk.Open(flushBeforeAcknowledging);
        return this;
    }

    /// <summary>Opens, and lets the registration be accepted.</summary>
    public DiskUnderTest Start(bool flushBeforeAcknowledging = false)
    {
        Open(flushBeforeAcknowledging);
        Session.RegistrationAccepted();
        return this;
    }

    public DiskUnderTest Restart(bool powerLoss, bool flushBeforeAcknowledging = false)
    {
        Disk.Crash(powerLoss);
        return Start(flushBeforeAcknowledging);
    }

    public IReplicaLog Log(TopicIdPartition partition, TopicSettings? settings = null)
    {
        if (!_logs.TryGetValue(partition, out var log))
            _logs.Add(partition, log = Session.GetOrCreateLog(partition, DiskPartitions.NameOf(partition), settings ?? TopicSettings.Default));
        return log;
    }

    /// <summary>The log is to be asked for again.</summary>
    public void Forget(TopicIdPartition partition) => _logs.Remove(partition);

    public void Append(TopicIdPartition partition, byte[] batch, int epoch)
    {
        BatchHeader.TryRead(batch, out var header);
        Log(partition).AppendAsLeader(batch, header, new LeaderEpoch(epoch), null);
    }

    /// <summary>Flushes and lets time pass until the answer is there.</summary>
    public (long End, string? Error) Flush(TopicIdPartition partition)
    {
        (long, string?)? answer = null;
        Session.Flush(partition, (end, error) => answer = (end, error));
        Settle();
        Assert.NotNull(answer);
        return answer.Value;
    }

    /// <summary>Lets everything happen that is under way.</summary>
    public void Settle()
    {
        for (var i = 0; i < 100 && Time.Step(Time.NowUs + 1_000_000); i++)
        {
        }
    }

    public void Pass(long us)
    {
        var until = Time.NowUs + us;
        while (Time.Step(until))
        {
        }
    }

    /// <summary>All readable bytes, read in portions.</summary>
    public byte[] ReadAll(TopicIdPartition partition, int portion = 700)
    {
        var view = Log(partition).View();
        var bytes = new List<byte>();
        for (var offset = view.LogStartOffset; offset < view.LogEndOffset;)
        {
            var batches = view.Read(offset, view.LogEndOffset, portion, atLeastOneBatch: true);
            if (batches.IsEmpty)
                break;
            bytes.AddRange(batches.Span);
            var sequence = new BatchSequence(batches);
            while (sequence.MoveNext())
                offset = sequence.Header.NextOffset;
            Assert.Equal(0, sequence.BytesLeft);
        }

        return [.. bytes];
    }
}
