using AkkaReplication.Tool.Drills.Scenarios;

namespace AkkaReplication.Tool.Drills;

/// <summary>The files that the histories of a drill's scenarios are written to. All are new; none is ever overwritten.</summary>
internal sealed class DrillHistories : IDisposable
{
    private readonly Dictionary<string, FileStream> _files = [];

    private DrillHistories()
    {
    }

    /// <summary>Null where no history is wanted.</summary>
    public Stream? this[Scenario scenario] => _files.GetValueOrDefault(scenario.Name);

    /// <param name="path">Of one scenario the file; of several, their names come before its extension. Null for none.</param>
    /// <exception cref="ToolException">A file is there already, or cannot be created.</exception>
    public static DrillHistories Create(string? path, IReadOnlyList<Scenario> scenarios)
    {
        var histories = new DrillHistories();
        foreach (var scenario in path is null ? [] : scenarios)
        {
            var file = scenarios.Count == 1
                ? path!
                : Path.ChangeExtension(path, $"{scenario.Name}{Path.GetExtension(path)}")!;
            try
            {
                histories._files.Add(
                    scenario.Name, new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                histories.Dispose();
                var why = File.Exists(file) ? "it is there already; name a new file" : OneLine.Of(e);
                throw new ToolException($"cannot write --history {file}: {why}", e);
            }
        }

        return histories;
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
            file.Dispose();
    }
}
