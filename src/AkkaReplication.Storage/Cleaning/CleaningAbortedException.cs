namespace AkkaReplication.Storage.Cleaning;

/// <summary>Compaction of a log cannot go on for now; the log is unharmed.</summary>
/// <param name="problem">What an operator should know; null where the log merely changed meanwhile.</param>
internal sealed class CleaningAbortedException(string? problem = null) : Exception(problem ?? "The log changed.")
{
    public string? Problem => problem;
}
