using System.Collections.Concurrent;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>
/// The product without a bug in it, asked about seeds that showed something. Compiled from the same sources by the same means;
/// one seed at a time, and none twice.
/// </summary>
internal sealed class SoundProduct(BugGallery gallery, BugHuntOptions options) : IDisposable
{
    private readonly Lazy<PlantedSimulator> _simulator = new(() => gallery.Plant(null));
    private readonly ConcurrentDictionary<long, Lazy<string?>> _violations = new();
    private readonly Lock _lock = new();

    public string? FindViolation(long seed) => _violations.GetOrAdd(seed, s => new Lazy<string?>(() => Run(s))).Value;

    public void Dispose()
    {
        if (_simulator.IsValueCreated)
            _simulator.Value.Unload();
    }

    private string? Run(long seed)
    {
        lock (_lock)
            return _simulator.Value.FindViolation(seed, options.Profile, options.Patience);
    }
}
