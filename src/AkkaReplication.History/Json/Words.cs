namespace AkkaReplication.History.Json;

/// <summary>The words that the format has for values of enumerations.</summary>
internal static class Words
{
    public static readonly string[] Operations =
        ["send", "poll", "txn", "assign", "subscribe", "crash", "final-read", "debug", "excuse"];

    public static readonly string[] Outcomes = ["ok", "fail", "info"];

    public static readonly string[] Acks = ["all", "1", "0"];

    public static readonly string[] Isolations = ["committed", "uncommitted"];
}
