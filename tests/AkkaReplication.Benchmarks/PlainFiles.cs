using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace AkkaReplication.Benchmarks;

/// <summary>The yardstick: a loop that writes bytes to the ends of files and does nothing else.</summary>
internal sealed class PlainFiles : IDisposable
{
    private readonly SafeFileHandle[] _files;
    private readonly bool _flushesEmptied;

    /// <param name="flushesEmptied">Flush a file that was emptied, as a log does that is truncated.</param>
    public PlainFiles(string directory, int count, bool flushesEmptied)
    {
        _flushesEmptied = flushesEmptied;
        Directory.CreateDirectory(directory);
        _files = [.. Enumerable.Range(0, count).Select(i =>
            File.OpenHandle(Path.Combine(directory, $"plain-{i}"), FileMode.Create, FileAccess.Write))];
    }

    /// <summary>Writes so many bytes to each file, from their beginning, piece by piece.</summary>
    public TimeSpan Write(ReadOnlyMemory<byte> piece, long bytes)
    {
        // Emptied as the other side's files are, so that both get their pages back from the system in the same way.
        foreach (var file in _files)
        {
            RandomAccess.SetLength(file, 0);
            if (_flushesEmptied)
                RandomAccess.FlushToDisk(file);
        }

        var begun = Stopwatch.GetTimestamp();
        for (long position = 0; position < bytes; position += piece.Length)
        {
            foreach (var file in _files)
                RandomAccess.Write(file, piece.Span, position);
        }

        return Stopwatch.GetElapsedTime(begun);
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
