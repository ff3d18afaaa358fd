namespace AkkaReplication.History;

/// <summary>The names of the classes in reports.</summary>
public static class AnomalyNames
{
    private static readonly string[] Names =
    [
        "lost-write",
        "unseen",
        "vanished",
        "duplicate",
        "inconsistent-offsets",
        "acknowledged-twice",
        "stale-offset",
        "unsent",
        "aborted-read",
        "precommitted-read",
        "nonmonotonic-poll",
        "poll-skip",
        "int-nonmonotonic-poll",
        "int-poll-skip",
        "nonmonotonic-send",
        "int-nonmonotonic-send",
        "read-above-high-watermark",
        "write-read-cycle",
    ];

    /// <summary>For example <c>lost-write</c>.</summary>
    public static string Name(this AnomalyClass anomaly) => Names[(int)anomaly];
}
