using AkkaReplication.Logs;

namespace AkkaReplication.Storage.Cleaning;

/// <summary>Up to where a log's records are committed and of decided transactions.</summary>
/// <param name="View">The log when that was known: it does not hold for one that has been truncated since.</param>
/// <param name="Offset">The last stable offset.</param>
public readonly record struct StableEnd(ILogView View, long Offset);
