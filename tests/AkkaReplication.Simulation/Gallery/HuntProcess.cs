using System.Diagnostics;
using System.Text.Json;

namespace AkkaReplication.Simulation.Gallery;

/// <summary>What a child process is to do.</summary>
/// <param name="Entry">The class of this assembly that is the simulator.</param>
internal sealed record HuntOrder(string Bug, BugHuntOptions Options, string Entry);

/// <summary>
/// One search in a process of its own. A copy of the product that was compiled and run stays in memory long after it is unloaded,
/// and what a bug does to its process it does to no other search.
/// </summary>
internal static class HuntProcess
{
    /// <summary>The verb of the child.</summary>
    public const string Verb = "hunt";

    // In front of the result: what else a process writes to its output is not it.
    private const string Mark = "hunted ";

    /// <summary>Runs the search and waits for its end. A process that ends without a result is a result, too.</summary>
    public static BugHuntResult Run(HuntOrder order) => Run(order, Environment.ProcessPath!);

    /// <param name="order">What is looked for.</param>
    /// <param name="program">What runs this assembly: the host <c>dotnet</c>, or the program that was built of it.</param>
    internal static BugHuntResult Run(HuntOrder order, string program)
    {
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(StartInfo(order, program))!;
        var errors = process.StandardError.ReadToEndAsync();
        BugHuntResult? result = null;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith(Mark, StringComparison.Ordinal))
                result = JsonSerializer.Deserialize<BugHuntResult>(line[Mark.Length..]);
        }

        process.WaitForExit();
        Console.Error.Write(errors.GetAwaiter().GetResult());
        return result ?? new BugHuntResult(order.Bug, [], order.Options.Repeat, "", null, 0, Math.Round(clock.Elapsed.TotalSeconds, 1))
        {
            Failure = $"its process ended with {process.ExitCode}",
        };
    }

    /// <summary>In the child: the verb's one argument is the order.</summary>
    public static int Obey(string[] args)
    {
        if (args is not [var text] || JsonSerializer.Deserialize<HuntOrder>(text) is not { } order)
            throw new ArgumentException($"The verb {Verb} is for the gallery's own processes.", nameof(args));

        EndWithParent();
        var gallery = new BugGallery();
        var withoutBug = new Lazy<PlantedSimulator>(() => BugGallery.PlantNothing(order.Entry));
        var hunt = new BugHunt(
            order.Options,
            bug => gallery.Plant(bug, order.Entry),
            seed => withoutBug.Value.FindViolation(seed, order.Options.Profile, order.Options.Patience));
        var result = hunt.Hunt(PlantedBugs.All.Single(bug => bug.Name == order.Bug));
        Console.WriteLine(Mark + JsonSerializer.Serialize(result));
        return 0;
    }

    /// <summary>How the child is started; it ends when its input does.</summary>
    internal static ProcessStartInfo StartInfo(HuntOrder order, string program)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = ["exec", typeof(HuntProcess).Assembly.Location, Verb, JsonSerializer.Serialize(order)];
        foreach (var argument in IsHost(start.FileName) ? arguments : arguments[2..])
            start.ArgumentList.Add(argument);
        return start;
    }

    // The program that was built of this assembly is no host that could be given one.
    private static bool IsHost(string program) =>
        !Path.GetFileName(program).StartsWith(typeof(HuntProcess).Assembly.GetName().Name!, StringComparison.OrdinalIgnoreCase);

    /// <summary>Nothing is ever written to the input: it ends when the parent does.</summary>
    private static void EndWithParent() => new Thread(() =>
    {
        Console.In.ReadToEnd();
        Environment.Exit(1);
    })
    {
        IsBackground = true,
    }.Start();
}
