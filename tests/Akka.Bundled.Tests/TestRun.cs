using System.Runtime.CompilerServices;

namespace Akka.Conformance;

internal static class TestRun
{
    /// <summary>
    /// Gates hold pool threads on purpose; on a small machine the pool would be slow to replace them.
    /// </summary>
    [ModuleInitializer]
    internal static void PrepareThreadPool() => ThreadPool.SetMinThreads(32, 32);
}
