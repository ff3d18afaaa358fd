namespace AkkaReplication.Testing.Times;

/// <summary>Delays that are handed to timers.</summary>
internal static class Delays
{
    /// <summary>In whole milliseconds, as timers count: they drop what is left over, and end too early.</summary>
    public static TimeSpan RoundedUp(this TimeSpan delay) => TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds));
}
