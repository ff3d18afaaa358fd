namespace AkkaReplication.Benchmarks;

/// <summary>One thing that is measured.</summary>
internal interface IBenchmark
{
    /// <summary>As <c>--only</c> has it.</summary>
    string Name { get; }

    /// <summary>Its part of the budget, relative to the others'.</summary>
    double Weight { get; }

    /// <summary>Measures for about the budget and prints one line per figure, with its conditions.</summary>
    Task RunAsync(BenchmarkContext context);
}

/// <summary>What a benchmark is given.</summary>
internal sealed record BenchmarkContext(
    TimeSpan Budget, ScratchDirectory Scratch, TextWriter Out, CancellationToken Stop)
{
    public void Report(string name, string figures, string conditions) =>
        Out.WriteLine($"{name,-24} {figures} ({conditions})");
}
