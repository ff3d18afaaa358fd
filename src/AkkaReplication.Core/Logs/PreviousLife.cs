namespace AkkaReplication.Logs;

/// <summary>How a broker's previous life on its directories ended, as it states at registration (F2).</summary>
public enum PreviousLife : byte
{
    /// <summary>It shut down and left its marker.</summary>
    Clean = 0,

    /// <summary>It was killed, and everything it had written is nevertheless there.</summary>
    Intact = 1,

    /// <summary>Something it acknowledged or advertised may be missing.</summary>
    Lossy = 2,
}
