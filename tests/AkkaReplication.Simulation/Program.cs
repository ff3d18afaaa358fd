namespace AkkaReplication.Simulation;

internal static class Program
{
    public static int Main(string[] args)
    {
        Console.Error.WriteLine($"Nothing to do for {args.Length} arguments yet.");
        return 2;
    }
}
