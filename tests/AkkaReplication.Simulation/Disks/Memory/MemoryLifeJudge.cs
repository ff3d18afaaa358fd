using AkkaReplication.Logs;

namespace AkkaReplication.Simulation.Disks.Memory;

/// <summary>What a start leaves for the next one to judge it by.</summary>
internal sealed record MemoryLifeRecord(long BootId, bool FlushedBeforeAcknowledging, PreviousLife Unregistered);

/// <summary>Judges how the life before ended (F2), as the storage does.</summary>
internal sealed class MemoryLifeJudge(bool isNew, MemoryLifeRecord? record, BrokerEpoch? marker, long bootId)
{
    private readonly PreviousLife _carried = record?.Unregistered ?? PreviousLife.Clean;

    // A disk without a life before it cannot tell a new broker from one that has lost everything.
    private bool _isIntact = !isNew;

    public bool IsClean => isNew || marker is not null;

    /// <summary>Perhaps a flush failed in a life that has not been registered.</summary>
    public bool MayLackFlushes => _carried == PreviousLife.Lossy;

    public BrokerEpoch BrokerEpoch => marker ?? BrokerEpoch.Unknown;

    public PreviousLife Verdict
    {
        get
        {
            var verdict = RecoveryPlan.Judge(
                !isNew && marker is not null,
                record?.BootId == bootId,
                record?.FlushedBeforeAcknowledging == true,
                _isIntact);
            return verdict > _carried ? verdict : _carried;
        }
    }

    /// <summary>Something speaks against an intact life.</summary>
    public void OnLoss() => _isIntact = false;
}
