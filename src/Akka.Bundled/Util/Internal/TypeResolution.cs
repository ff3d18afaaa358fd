using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Akka.Util.Internal;

/// <summary>
/// Resolves the type names of configurations. Akka's own types are named with the assemblies that Akka.NET ships
/// them in; here they live in two assemblies of other names, which no configuration may mention.
/// </summary>
internal static class TypeResolution
{
    private const string Runtime = "Akka.Bundled";
    private const string TestKit = "Akka.Bundled.TestKit";

    private static readonly Dictionary<string, string> Homes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Akka"] = Runtime,
        ["Akka.Remote"] = Runtime,
        ["Akka.Cluster"] = Runtime,
        ["Akka.Cluster.Tools"] = Runtime,
        ["Akka.Coordination"] = Runtime,
        ["Akka.Persistence"] = Runtime,
        ["Akka.TestKit"] = TestKit,
        ["Akka.TestKit.Xunit2"] = TestKit,
        ["Akka.Persistence.TestKit"] = TestKit,
        ["Akka.Persistence.TestKit.Xunit2"] = TestKit
    };

    /// <summary>
    /// Finds a type by <c>"Namespace.Type, Assembly"</c>; without an assembly it is one of this runtime.
    /// </summary>
    /// <returns>The type; null when it does not exist and <paramref name="throwOnError"/> is false.</returns>
    /// <exception cref="TypeLoadException">
    /// The type does not exist and <paramref name="throwOnError"/> is true.
    /// </exception>
    [UnconditionalSuppressMessage("Trimming", "IL2057", Justification = "Configured types are named by the user.")]
    public static Type? GetType(string typeName, bool throwOnError) =>
        Type.GetType(typeName, LoadAssembly, null, throwOnError);

    /// <summary>
    /// The type's name as a configuration would spell it: full name and official assembly, no version.
    /// </summary>
    public static string OfficialName(Type type) =>
        $"{type.FullName}, {OfficialAssembly(type) ?? type.Assembly.GetName().Name}";

    /// <summary>The assembly in which Akka.NET ships a type of this runtime; null for types of others.</summary>
    public static string? OfficialAssembly(Type type)
    {
        var home = type.Assembly.GetName().Name;
        if (home is not (Runtime or TestKit))
        {
            return null;
        }

        // The longest assembly name that is a prefix of the namespace.
        var best = "Akka";
        var scope = type.Namespace + ".";
        foreach (var (official, at) in Homes)
        {
            if (at == home
                && official.Length > best.Length
                && scope.StartsWith(official + ".", StringComparison.Ordinal))
            {
                best = official;
            }
        }

        return best;
    }

    private static Assembly? LoadAssembly(AssemblyName name)
    {
        if (name.Name is { } simple && Homes.TryGetValue(simple, out var home))
        {
            if (home == Runtime)
            {
                return typeof(TypeResolution).Assembly;
            }

            name = new AssemblyName(home);
        }

        try
        {
            return Assembly.Load(name);
        }
        catch (FileNotFoundException)
        {
            // Type.GetType then reports the type, or returns null, as it was asked to.
            return null;
        }
    }
}
