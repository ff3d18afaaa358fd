namespace AkkaReplication.Simulation.Disks.RealStorage;

/// <summary>A broker's clock as the storage asks for it.</summary>
/// <param name="nowMs">Ms since the Unix epoch.</param>
internal sealed class VirtualClock(Func<long> nowMs) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(nowMs());
}
