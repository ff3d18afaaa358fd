using AkkaReplication.Testing.Disks;

namespace AkkaReplication.Testing;

/// <summary>
/// The disks of one broker, and what can be wrong with them: several things at a time, until they are healed. A fault is
/// there when the task has ended; what follows from it the brokers find out by using the disk.
/// </summary>
public sealed class TestDisk
{
    private readonly DiskFaults _faults;
    private readonly int _broker;

    internal TestDisk(DiskFaults faults, int broker)
    {
        _faults = faults;
        _broker = broker;
    }

    /// <summary>Calls that failed because of a fault, since the disks were last whole and all brokers well.</summary>
    public long FailedCalls => _faults.Failed;

    /// <summary>Calls that were held up because of a fault.</summary>
    public long DelayedCalls => _faults.Delayed;

    /// <summary>Calls that are held up at this moment.</summary>
    public int HangingCalls => _faults.Hanging;

    /// <summary>Every write is an I/O error: replicas go offline when they append, and lead no longer.</summary>
    public Task FailWritesAsync() => Do(_faults.FailWrites);

    /// <summary>Every read is an I/O error.</summary>
    public Task FailReadsAsync() => Do(_faults.FailReads);

    /// <summary>Every flush fails: of what was written, nobody knows whether it will be there after a crash.</summary>
    public Task FailFlushesAsync() => Do(_faults.FailFlushes);

    /// <summary>
    /// The disk says that nothing is free: the broker takes no more records, producers wait until there is room, and nothing
    /// is lost (<c>log.dir.min.free.bytes</c>).
    /// </summary>
    public Task FillAsync() => Do(_faults.Fill);

    /// <summary>Every write fails because nothing is free, although the disk said otherwise: others were faster.</summary>
    public Task FillToTheLastByteAsync() => Do(_faults.FillToTheLastByte);

    /// <summary>Every call takes so much longer, by the clock on the wall.</summary>
    /// <param name="delay">More than zero.</param>
    public Task SlowAsync(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(delay, TimeSpan.Zero);
        return Do(() => _faults.Slow(delay));
    }

    /// <summary>Calls neither fail nor return, until the disk is healed or the broker killed.</summary>
    public Task HangAsync() => Do(_faults.Hang);

    /// <summary>Nothing is wrong with the disks any more; what hung goes on.</summary>
    /// <inheritdoc cref="TestBroker.HealAsync" path="/remarks"/>
    public Task HealAsync() => Do(_faults.Heal);

    /// <summary>Whose they are.</summary>
    public override string ToString() => $"the disks of broker {_broker}";

    private static Task Do(Action change)
    {
        change();
        return Task.CompletedTask;
    }
}
