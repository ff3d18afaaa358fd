using Akka.Configuration;

namespace Akka.Actor;

/// <summary>
/// One phase of a coordinated shutdown: what it waits for, how long it may take, and whether failures matter.
/// </summary>
internal sealed record ShutdownPhase(IReadOnlyList<string> DependsOn, TimeSpan Timeout, bool Recover)
{
    public static Dictionary<string, ShutdownPhase> FromConfig(Config config)
    {
        var defaultTimeout = config.GetTimeSpan("default-phase-timeout", allowInfinite: false);
        var phases = new Dictionary<string, ShutdownPhase>(StringComparer.Ordinal);
        foreach (var (name, value) in config.GetConfig("phases")?.AsEnumerable() ?? [])
        {
            var phase = value.ToConfig();
            phases[name] = new ShutdownPhase(
                [.. phase.GetStringList("depends-on")],
                phase.GetTimeSpan("timeout", defaultTimeout, allowInfinite: false),
                phase.GetBoolean("recover", true));
        }

        // A phase that is only depended on has the defaults.
        foreach (var name in phases.Values.SelectMany(phase => phase.DependsOn).ToArray())
        {
            phases.TryAdd(name, new ShutdownPhase([], defaultTimeout, true));
        }

        return phases;
    }

    /// <summary>The names of the phases, each after all that it depends on.</summary>
    /// <exception cref="ArgumentException">A phase depends on itself.</exception>
    public static List<string> InOrder(Dictionary<string, ShutdownPhase> phases)
    {
        var order = new List<string>(phases.Count);
        var underWay = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in phases.Keys.Order(StringComparer.Ordinal))
        {
            Visit(name);
        }

        return order;

        void Visit(string name)
        {
            if (order.Contains(name))
            {
                return;
            }

            if (!underWay.Add(name))
            {
                throw new ArgumentException($"Cycle detected in graph of phases: [{name}] depends on itself.");
            }

            foreach (var before in phases[name].DependsOn)
            {
                Visit(before);
            }

            order.Add(name);
        }
    }
}
