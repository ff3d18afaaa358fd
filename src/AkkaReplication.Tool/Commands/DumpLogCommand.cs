using System.CommandLine;
using AkkaReplication.Logs;
using AkkaReplication.Storage.Inspection;

namespace AkkaReplication.Tool.Commands;

/// <summary>The verb <c>dump-log</c>: reads files, changes nothing, needs no cluster.</summary>
internal static class DumpLogCommand
{
    public static Command Create(ToolIo io)
    {
        var path = new Argument<string>("PATH")
        {
            Description = "a partition's directory, a broker's data directory, or one file "
                + "(.log, .index, .timeindex, .snapshot, leader-epoch-checkpoint)",
        };
        var records = new Option<bool>("--records") { Description = "also every record" };
        var command = new Command(
            "dump-log", "Prints the batches, indexes, epochs and producers that stand in a log's files.")
        {
            path, records,
        };
        command.SetAction(parsed => Run(parsed.GetValue(path)!, parsed.GetValue(records), io));
        return command;
    }

    private static int Run(string path, bool records, ToolIo io)
    {
        try
        {
            var dump = new LogDump(io.Out, records);
            var isGood = true;
            foreach (var log in LogsAt(path))
                isGood &= dump.Print(log);
            return isGood ? ExitCode.Ok : ExitCode.PromiseBroken;
        }
        catch (Exception e) when (e is StorageException or IOException or UnauthorizedAccessException)
        {
            throw new ToolException($"cannot dump {path}: {OneLine.Of(e)}", e);
        }
    }

    /// <summary>The path itself, or the partitions in it where it is a data directory.</summary>
    private static IEnumerable<string> LogsAt(string path)
    {
        if (!Directory.Exists(path) || Directory.EnumerateFiles(path, "*.log").Any())
            return [path];

        var partitions = LogFileReader.Partitions(path);
        return partitions.Count == 0 ? [path] : partitions.OrderBy(p => p.Partition).Select(p => p.Path);
    }
}
