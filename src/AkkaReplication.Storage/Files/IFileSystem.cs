namespace AkkaReplication.Storage.Files;

/// <summary>
/// The few things the log asks of a file system, so that a simulated one can stand in for the real one. Failures are
/// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>. Nothing is durable before a flush: a file's
/// bytes before <see cref="IFile.Flush"/>, a name's creation, change or removal before <see cref="FlushDirectory"/>.
/// </summary>
public interface IFileSystem
{
    /// <summary>Opens a file; with <see cref="FileOpenMode.ReadWrite"/> it is created where it is missing.</summary>
    IFile Open(string path, FileOpenMode mode);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Creates a directory, and those above it that are missing.</summary>
    void CreateDirectory(string path);

    /// <summary>Names (not paths) of the files in a directory, in ordinal order.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Names (not paths) of the directories in a directory, in ordinal order.</summary>
    IReadOnlyList<string> ListDirectories(string directory);

    /// <summary>Renames a file, replacing one of the new name, or a directory. Open files stay open.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file's name; whoever has it open may go on. Nothing happens where it is missing.</summary>
    void DeleteFile(string path);

    /// <summary>Removes a directory with all it holds. Nothing happens where it is missing.</summary>
    void DeleteDirectory(string path);

    /// <summary>Makes the names in a directory durable.</summary>
    void FlushDirectory(string path);

    /// <summary>Takes an exclusive lock on a file until the result is disposed or the process ends.</summary>
    /// <param name="path">The lock file; it is created where it is missing and stays.</param>
    /// <param name="owner">Who holds it, for the error message of whoever comes second.</param>
    /// <exception cref="IOException">Somebody holds it; the message says who, where that is known.</exception>
    IDisposable Lock(string path, string owner);

    /// <summary>When a file's bytes changed last; ms since the Unix epoch.</summary>
    long LastWriteMs(string path);

    /// <summary>Bytes that can still be written under a path; null where that is not known.</summary>
    long? FreeBytes(string path);
}

/// <summary>How a file is opened.</summary>
public enum FileOpenMode
{
    /// <summary>For reading; it must exist.</summary>
    Read,

    /// <summary>For reading and writing; created where missing.</summary>
    ReadWrite,

    /// <summary>For reading and writing; it must exist.</summary>
    ReadWriteExisting,
}

/// <summary>An open file. Reads may run at the same time as each other and as a write.</summary>
public interface IFile : IDisposable
{
    /// <summary>Size in bytes.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="position"/>; fewer bytes only at the file's end.</summary>
    int Read(Span<byte> buffer, long position);

    /// <summary>Writes all bytes at <paramref name="position"/>.</summary>
    void Write(ReadOnlySpan<byte> bytes, long position);

    /// <summary>Writes two pieces as one, at <paramref name="position"/>. One writer at a time.</summary>
    void Write(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long position);

    void SetLength(long length);

    /// <summary>
    /// Makes the file's bytes durable. After a failure what was written since the last success may be gone for ever, whatever
    /// a later call says: the caller must never retry, and stop.
    /// </summary>
    void Flush();

    /// <summary>It will not be used for a while: what it costs to have it open may be saved. It may be used again.</summary>
    void Rest()
    {
    }
}
