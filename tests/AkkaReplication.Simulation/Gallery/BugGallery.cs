using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>The product's sources beside this test project, and the simulators that are made of them.</summary>
internal sealed class BugGallery
{
    private readonly ConcurrentDictionary<string, Lazy<ProductSources>> _sources = new();
    private readonly string _source = SourceDirectory();

    /// <summary>The sources of a project, read once.</summary>
    public ProductSources SourcesOf(string project) =>
        _sources.GetOrAdd(project, p => new Lazy<ProductSources>(() => ProductSources.Read(_source, p))).Value;

    /// <summary>A simulator on the product with that bug in it, or without any.</summary>
    public PlantedSimulator Plant(PlantedBug? bug, string entry = "AkkaReplication.Simulation.Simulator")
    {
        var project = bug?.Project ?? "AkkaReplication.Core";
        var image = SourcesOf(project).Compile(bug);
        return new PlantedSimulator(bug?.Name ?? "no bug", ImmutableDictionary<string, byte[]>.Empty.Add(project, image), entry);
    }

    /// <summary>A simulator on the product as it was built, in a copy of its own like the others.</summary>
    public static PlantedSimulator PlantNothing(string entry) => new("no bug", ImmutableDictionary<string, byte[]>.Empty, entry);

    private static string SourceDirectory([CallerFilePath] string path = "")
    {
        for (var directory = Path.GetDirectoryName(path); directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (Directory.Exists(Path.Combine(directory, "src", "AkkaReplication.Core")))
                return Path.Combine(directory, "src");
        }

        throw new InvalidOperationException($"The product's sources are not beside {path}, from which this program was built.");
    }
}
