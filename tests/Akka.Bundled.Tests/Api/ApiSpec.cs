using System.Reflection;
using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Akka.Conformance.Api;

/// <summary>
/// Keeps the bundled runtime's surface a subset of Akka.NET's: code that compiles here must compile there.
/// <c>api.txt</c> is that surface. Under the bundled runtime it must be exactly what the assemblies declare; under the
/// official packages every line of it must be offered by those.
/// </summary>
/// <remarks>
/// With the environment variable <c>REWRITE_API=1</c> the listing is written anew, to be read in the diff.
/// </remarks>
public sealed class ApiSpec
{
    private static readonly bool IsBundled = typeof(ActorSystem).Assembly.GetName().Name == "Akka.Bundled";

    /// <summary>
    /// What only the runtime writes: users are given one, but never make one. Where a class allows it, ours cannot be
    /// derived from outside.
    /// </summary>
    private static readonly string[] OfTheRuntime =
    [
        "Akka.Actor.ActorSystem",
        "Akka.Actor.ExtendedActorSystem",
        "Akka.Actor.IActorRefProvider",
        "Akka.Actor.IInternalActorRef",
        "Akka.Actor.SupervisorStrategy",
        "Akka.Dispatch.MessageDispatcher",
        "Akka.TestKit.IEventFilterApplier",
    ];

    [Fact]
    public void The_public_surface_of_the_bundled_runtime_is_covered_by_the_official_one()
    {
        if (IsBundled)
        {
            RequireThatTheListingIsOurs();
        }
        else
        {
            RequireThatTheListingIsOffered();
            RequireThatNothingMoreIsDemanded();
        }
    }

    private static void RequireThatTheListingIsOurs()
    {
        var declared = ApiListing.Declared(Assemblies()).ToList();
        if (Environment.GetEnvironmentVariable("REWRITE_API") == "1")
        {
            File.WriteAllText(SourceOfListing(), string.Join('\n', declared) + '\n');
            return;
        }

        var agreed = Listing();
        Assert.True(declared.SequenceEqual(agreed),
            $"""
            The public surface differs from Api/api.txt.
            Not in the listing:
            {string.Join('\n', declared.Except(agreed).Take(50))}
            Only in the listing:
            {string.Join('\n', agreed.Except(declared).Take(50))}
            """);
    }

    private static void RequireThatTheListingIsOffered()
    {
        var offered = ApiListing.Offered(Assemblies());
        var missing = Listing().Where(line => !offered.Contains(line)).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} lines are not offered:\n{string.Join('\n', missing)}");
    }

    /// <summary>Whoever implements an interface or derives from a class must have to write the same on both.</summary>
    private static void RequireThatNothingMoreIsDemanded()
    {
        var listing = Listing();
        var types = listing.Select(ApiListing.TypeOf).Except(OfTheRuntime).ToHashSet();
        var missing = ApiListing.Demanded(Assemblies(), types.Contains).Except(listing).ToList();
        Assert.True(missing.Count == 0, $"{missing.Count} members are demanded:\n{string.Join('\n', missing)}");
    }

    private static IEnumerable<Assembly> Assemblies() =>
        Directory.GetFiles(AppContext.BaseDirectory, "Akka*.dll").Order(StringComparer.Ordinal)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Where(name => name != typeof(ApiSpec).Assembly.GetName().Name)
            .Select(name => Assembly.Load(new AssemblyName(name)));

    private static List<string> Listing()
    {
        using var stream = typeof(ApiSpec).Assembly.GetManifestResourceStream("api.txt")!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static string SourceOfListing([CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(path)!, "api.txt");
}
