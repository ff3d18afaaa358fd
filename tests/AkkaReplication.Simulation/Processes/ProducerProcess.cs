using System.Buffers.Binary;
using AkkaReplication.Clients;
using AkkaReplication.Effects;
using AkkaReplication.History;
using AkkaReplication.Simulation.Running;

namespace AkkaReplication.Simulation.Processes;

/// <summary>Produces a value now and then, each only once in a run.</summary>
internal sealed class ProducerProcess : ClientProcess
{
    private readonly ProducerSettings _settings;
    private readonly bool _isIdempotent;
    private ProducerClient _machine = null!;
    private int _process;

    public ProducerProcess(Cluster cluster, int node, short acks, bool isIdempotent)
        : base(cluster, node)
    {
        Acks = acks;
        _isIdempotent = isIdempotent;
        _settings = new ProducerSettings
        {
            Bootstrap = [.. cluster.BrokerIds],
            Acks = acks,
            EnableIdempotence = isIdempotent,
            BatchSize = World.Workload.Between(200, 1_500),
            LingerMs = World.Workload.Hits(0.5) ? 0 : World.Workload.Between(1, 30),
            MaxInFlight = isIdempotent ? World.Workload.Between(1, 5) : 1,
            RequestTimeoutMs = World.Workload.Between(800, 2_500),
            DeliveryTimeoutMs = World.Workload.Between(4_000, 12_000),
            MaxBlockMs = 4_000,
            MetadataMaxAgeMs = 4_000,
            RetryBackoffMs = 50,
            RetryBackoffMaxMs = 500,
            ReconnectBackoffMaxMs = 500,
            HedgeAfterMs = 500,
            ConnectionSetupTimeoutMs = 1_000,
        };
    }

    public short Acks { get; }

    /// <summary>Its batches have numbers.</summary>
    public bool IsIdempotent => _isIdempotent;

    /// <summary>When it gives up a batch.</summary>
    public long DeliveryTimeoutMs => _settings.DeliveryTimeoutMs;

    /// <summary>Values that were handed over and not reported.</summary>
    public int Pending { get; private set; }

    protected override ClientMachine Machine => _machine;

    public void Start()
    {
        BeginLife();
        _process = Cluster.NextHistoryProcess();
        _machine = new ProducerClient(_settings, World.Workload.NextDouble);
        Pending = 0;
        Continue();
    }

    public override void Kill()
    {
        base.Kill();
        Cluster.Forget(this);
        Pending = 0;
    }

    private void Continue() => AfterUs(World.Workload.Between(1_000, 2_000 * World.Profile.RecordEveryMs), () =>
    {
        if (!Cluster.IsProducing)
            return;

        // Now and then a few at once, so that batches hold more than one.
        for (var left = World.Workload.Hits(0.2) ? World.Workload.Between(2, 6) : 1; left > 0; left--)
            Produce();
        Continue();
    });

    private void Produce()
    {
        var partition = Cluster.PickPartition(_isIdempotent && Acks == -1);
        var value = Cluster.NextValue();
        Span<byte> bytes = stackalloc byte[sizeof(long) + World.Workload.Next(200)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        var send = Cluster.BeginSend(_process, partition, value, Acks switch { 0 => SendAcks.None, 1 => SendAcks.Leader, _ => SendAcks.All });
        var result = _machine.Append(
            NowMs,
            new ProducerRecord
            {
                Topic = partition.Topic,
                Partition = partition.Partition,
                TimestampMs = WallClockMs,
                KeyIsNull = true,
                Value = bytes,
                Completion = send,
            },
            mayWait: true);
        if (!result.IsAccepted)
            Cluster.EndSend(send, Outcome.Fail, -1);
        else
            Pending++;
        if (result.Wake)
            Wake();
    }

    protected override void Perform(Effect effect)
    {
        switch (effect)
        {
            case RecordsReported report:
                OnReported(report);
                break;
            case ClientObserved { Observation: ProducerIdentityChanged changed }:
                World.Tally.Seen(Sometimes.ProducerIdentityChanged);
                World.Trace.Line($"producer {Node}: {changed}");
                break;
            case ClientObserved or FlushCompleted:
                break;
            default:
                throw new InvalidOperationException($"A producer does not know the effect {effect}.");
        }
    }

    private void OnReported(RecordsReported report)
    {
        Pending -= report.Completions.Count;
        for (var i = 0; i < report.Completions.Count; i++)
        {
            var outcome = report.Status switch
            {
                PersistenceStatus.NotPersisted => Outcome.Fail,
                PersistenceStatus.PossiblyPersisted => Outcome.Info,
                _ => report.Error == ErrorCode.None && Acks != 0 ? Outcome.Ok : Outcome.Info,
            };
            Cluster.EndSend((Sending)report.Completions[i]!, outcome, report.BaseOffset < 0 ? -1 : report.BaseOffset + i);
        }
    }
}
