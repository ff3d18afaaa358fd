namespace AkkaReplication.Tool.Drills;

/// <summary>What the command line asks of a drill.</summary>
/// <param name="Input">A file, "-" for standard input, or null for the sample that ships with the tool.</param>
/// <param name="Scenario">A scenario's name, or "all".</param>
/// <param name="DataDirectory">Where the brokers' data goes and stays, or null for a temporary directory.</param>
/// <param name="ConfigFile">HOCON laid over the drill's own settings, or null.</param>
/// <param name="Seed">Of everything that is drawn at random; null to draw the seed, too.</param>
/// <param name="Patience">How long any one condition is waited for.</param>
/// <param name="History">Where the history of the clients' operations goes, or null for nowhere.</param>
/// <param name="Plain">Plain lines even on a terminal.</param>
internal sealed record DrillOptions(
    string? Input,
    string Scenario,
    string? DataDirectory,
    string? ConfigFile,
    int? Seed,
    TimeSpan Patience,
    string? History,
    bool Plain);
