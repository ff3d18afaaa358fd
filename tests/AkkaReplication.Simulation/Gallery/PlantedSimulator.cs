using System.Reflection;
using System.Runtime.Loader;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>
/// A copy of the simulator that runs on a copy of the product with a bug in it. Everything of AkkaReplication is loaded anew, so
/// that no type, and no static state, is shared with this process's own or another copy; what passes between them is a number and
/// two texts.
/// </summary>
internal sealed class PlantedSimulator : AssemblyLoadContext
{
    private readonly IReadOnlyDictionary<string, byte[]> _images;
    private readonly Func<long, string, string?> _findViolation;

    /// <param name="name">For whoever looks at the process.</param>
    /// <param name="images">Assemblies that take the place of the built ones, by name.</param>
    /// <param name="entry">The full name of a class of this assembly with the method <c>string? FindViolation(long, string)</c>.</param>
    public PlantedSimulator(string name, IReadOnlyDictionary<string, byte[]> images, string entry = "AkkaReplication.Simulation.Simulator")
        : base(name, isCollectible: true)
    {
        _images = images;
        var simulator = Load(typeof(PlantedSimulator).Assembly.GetName())!;
        var method = simulator.GetType(entry, throwOnError: true)!
            .GetMethod("FindViolation", BindingFlags.Public | BindingFlags.Static, [typeof(long), typeof(string)])
            ?? throw new InvalidOperationException($"{entry} has no method FindViolation(long, string).");
        _findViolation = method.CreateDelegate<Func<long, string, string?>>();
    }

    /// <summary>
    /// Runs one seed. Null where all is well; else a text whose first line names what was violated. What is thrown is a violation,
    /// too, and so is a run that does not end.
    /// </summary>
    /// <param name="patience">How much processor time of this process may pass meanwhile, others' work in it included.</param>
    public string? FindViolation(long seed, string profile, TimeSpan patience)
    {
        string? violation = null;
        using var watch = new ProcessorTimeWatch(patience);
        try
        {
#pragma warning disable SYSLIB0046 // A machine that never returns cannot be asked to: here, and only here, it is torn out of its loop.
            System.Runtime.ControlledExecution.Run(() => violation = _findViolation(seed, profile), watch.Expired);
#pragma warning restore SYSLIB0046
        }
        catch (OperationCanceledException) when (watch.Expired.IsCancellationRequested)
        {
            return $"no end: the seed has taken {patience.TotalSeconds:0} s of the processor";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }

        return violation;
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name || !name.StartsWith("AkkaReplication", StringComparison.Ordinal))
            return null;
        if (Assemblies.FirstOrDefault(a => a.GetName().Name == name) is { } loaded)
            return loaded;
        if (!_images.TryGetValue(name, out var image))
            return LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, $"{name}.dll"));

        using var stream = new MemoryStream(image, writable: false);
        return LoadFromStream(stream);
    }
}
