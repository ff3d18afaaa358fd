using AkkaReplication.Tool.Judging;

namespace AkkaReplication.Tool.Drills;

/// <summary>How one scenario ended.</summary>
/// <param name="Verdict">Null when it ended before there was anything to judge.</param>
/// <param name="Held">Whether everything that it promises holds.</param>
internal sealed record DrillResult(string Scenario, Verdict? Verdict, bool Held);
