using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace AkkaReplication.Kafka.Tests.RealClients;

/// <summary>
/// The native library of Confluent.Kafka, of which tests do not take the one in librdkafka.redist: the file that the variable
/// LIBRDKAFKA names, or the system's, if it is no older than Confluent.Kafka itself.
/// </summary>
internal static class Librdkafka
{
    private static readonly Lazy<bool> Loaded = new(Load);

    private delegate int NumberOfVersion();

    public static bool IsInstalled => Loaded.Value;

    /// <summary>The oldest that has all functions which Confluent.Kafka calls.</summary>
    public static Version Needed { get; } =
        typeof(Library).Assembly.GetName().Version is { } own ? new Version(own.Major, own.Minor) : new Version();

    private static bool Load()
    {
        string?[] names = [Environment.GetEnvironmentVariable("LIBRDKAFKA"), "librdkafka.so.1", "librdkafka.1.dylib"];
        foreach (var name in names)
        {
            if (string.IsNullOrEmpty(name) || !NativeLibrary.TryLoad(name, out var library) || VersionOf(library) < Needed)
                continue;

            // It asks for both by names that only a development package has.
            NativeLibrary.SetDllImportResolver(typeof(Library).Assembly, (asked, assembly, path) => asked switch
            {
                "librdkafka" => library,
                "libdl" when OperatingSystem.IsLinux() => NativeLibrary.Load("libdl.so.2", assembly, path),
                _ => 0,
            });
            return Library.Load(name);
        }

        return false;
    }

    /// <summary>0x020f01ff is 2.15.1.</summary>
    private static Version VersionOf(nint library)
    {
        var number = Marshal.GetDelegateForFunctionPointer<NumberOfVersion>(NativeLibrary.GetExport(library, "rd_kafka_version"))();
        return new Version(number >> 24 & 0xff, number >> 16 & 0xff);
    }
}
