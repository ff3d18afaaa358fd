using System.Runtime;
using System.Runtime.InteropServices;
using Akka.Actor;

namespace AkkaReplication.Benchmarks;

/// <summary>Where the figures come from: without that they mean nothing.</summary>
internal static class Surroundings
{
    public static string Describe(ScratchDirectory scratch) =>
        $"{RuntimeInformation.FrameworkDescription}{Build}, {Environment.ProcessorCount} processors,"
        + $" {(GCSettings.IsServerGC ? "server" : "workstation")} GC{Concurrency}, {RuntimeInformation.OSDescription},"
        + $" actors by {typeof(ActorSystem).Assembly.GetName().Name}, files in {scratch.FullPath}";

    private static string Concurrency => GCSettings.LatencyMode == GCLatencyMode.Batch ? " without a background thread" : "";

#if DEBUG
    private const string Build = " (a Debug build: say -c Release)";
#else
    private const string Build = "";
#endif
}
