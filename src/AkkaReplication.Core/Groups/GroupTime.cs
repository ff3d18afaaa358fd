namespace AkkaReplication.Groups;

/// <summary>The time of a turn.</summary>
/// <param name="NowMs">Monotonic; deadlines are counted on it.</param>
/// <param name="WallClockMs">Ms since the Unix epoch; what is stored carries it.</param>
public readonly record struct GroupTime(long NowMs, long WallClockMs);
