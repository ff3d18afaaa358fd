namespace AkkaReplication.Tool;

/// <summary>How the tool ends.</summary>
internal static class ExitCode
{
    /// <summary>What was promised holds.</summary>
    public const int Ok = 0;

    /// <summary>A promise was broken, or it could not be shown that it holds.</summary>
    public const int PromiseBroken = 1;

    /// <summary>The request itself is wrong: a verb, an option, a file, a setting. Nothing was changed.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped by Ctrl-C or SIGTERM, as a shell would say it.</summary>
    public const int Interrupted = 130;
}
