using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Disks;

/// <summary>How long flushes take: mostly well below a millisecond, now and then some, and more on a disk that is slow.</summary>
internal sealed class FlushTimes(Chance chance, FaultCounts faults)
{
    private long _delayUs;

    public void SlowDown(long delayUs)
    {
        _delayUs = Math.Max(0, delayUs);
        if (_delayUs > 0)
            faults.Inject(DiskFault.SlowFlush);
        else
            faults.Withdraw(DiskFault.SlowFlush);
    }

    /// <summary>For one round of flushes that begins now, in microseconds.</summary>
    public long Next()
    {
        if (_delayUs > 0)
            faults.Meet(DiskFault.SlowFlush);
        return _delayUs + (chance.Hits(0.9) ? chance.Between(50L, 800L) : chance.Between(800L, 3000L));
    }
}
