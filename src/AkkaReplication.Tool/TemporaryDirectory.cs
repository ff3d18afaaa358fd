namespace AkkaReplication.Tool;

/// <summary>A directory for the data of one run, which goes with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private TemporaryDirectory(string path) => FullPath = path;

    public string FullPath { get; }

    /// <param name="verb">The verb that it is for, which its name tells.</param>
    /// <exception cref="ToolException">There is no place for it.</exception>
    public static TemporaryDirectory Make(string verb)
    {
        try
        {
            return new TemporaryDirectory(Directory.CreateTempSubdirectory($"akkarepl-{verb}-").FullName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"cannot make a temporary directory: {OneLine.Of(e)}; name one with --data-dir", e);
        }
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);
}
