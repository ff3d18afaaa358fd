using System.Globalization;

namespace AkkaReplication.Benchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Budget">For measuring, over all benchmarks; starting clusters comes on top.</param>
/// <param name="Gates">Only the figures that must not get worse.</param>
/// <param name="Directory">Where the files of the benchmarks go; null for the system's temporary directory.</param>
internal sealed record BenchmarkOptions(
    TimeSpan Budget, IReadOnlyList<IBenchmark> Benchmarks, bool Gates, string? Directory)
{
    private const int DefaultSeconds = 20;
    private const int MaxSeconds = 3600;
    private const string Known = "gates, --seconds N, --only NAME and --dir DIR";

    private static readonly IBenchmark[] All =
    [
        new AppendBenchmark(),
        new AcksAllBenchmark(),
        new LatencyBenchmark(),
        new AllocationBenchmark(),
        new TellBenchmark(),
        new AskBenchmark(),
    ];

    // Minutes each, or of one part alone: only by name.
    private static readonly IBenchmark[] Long =
    [
        new IdlePartitionsBenchmark(),
        new RestartLaggingBenchmark(),
        new CreatePartitionsBenchmark(),
        new TestClusterBenchmark(),
        new HistoryBenchmark(),
        new ProtocolBenchmark(),
    ];

    /// <exception cref="BadOptionException">Something in <paramref name="arguments"/> is not understood.</exception>
    public static BenchmarkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BenchmarkOptions(TimeSpan.FromSeconds(DefaultSeconds), All, false, null);
        if (arguments is ["gates", ..])
        {
            options = options with { Gates = true };
            arguments = [.. arguments.Skip(1)];
        }

        for (var i = 0; i < arguments.Count; i += 2)
        {
            var name = arguments[i];
            if (name is not ("--seconds" or "--only" or "--dir"))
                throw new BadOptionException($"'{name}' is not understood; known are {Known}");
            if (i + 1 == arguments.Count)
                throw new BadOptionException($"{name} needs a value; known are {Known}");

            var value = arguments[i + 1];
            options = name switch
            {
                "--seconds" => options with { Budget = SecondsOf(value) },
                "--only" when options.Gates => throw new BadOptionException("gates are measured all, without --only"),
                "--only" => options with { Benchmarks = [Named(value)] },
                _ => options with { Directory = value },
            };
        }

        return options;
    }

    private static TimeSpan SecondsOf(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and <= MaxSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new BadOptionException($"--seconds takes a whole number from 1 to {MaxSeconds}, not '{value}'");

    private static IBenchmark Named(string name) =>
        All.Concat(Long).FirstOrDefault(benchmark => benchmark.Name == name)
        ?? throw new BadOptionException(
            $"unknown benchmark '{name}'; known are {string.Join(", ", All.Concat(Long).Select(benchmark => benchmark.Name))}");
}

/// <summary>The command line cannot be obeyed; the message is for whoever wrote it.</summary>
internal sealed class BadOptionException(string message) : Exception(message);
