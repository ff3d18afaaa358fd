using System.Runtime.InteropServices;
using AkkaReplication.Benchmarks;

// Ctrl-C stops after the round under way, so that the files are removed; a second one is left to the system.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    var options = BenchmarkOptions.Parse(args);
    using var scratch = ScratchDirectory.Create(options.Directory);
    Console.WriteLine(Surroundings.Describe(scratch));
    if (options.Gates)
        return await Gates.RunAsync(new BenchmarkContext(options.Budget, scratch, Console.Out, stop.Token)) ? 0 : 1;

    foreach (var benchmark in options.Benchmarks)
    {
        var budget = options.Budget * (benchmark.Weight / options.Benchmarks.Sum(b => b.Weight));
        await benchmark.RunAsync(new BenchmarkContext(budget, scratch, Console.Out, stop.Token));
    }

    return 0;
}
catch (BadOptionException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("stopped");
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}
