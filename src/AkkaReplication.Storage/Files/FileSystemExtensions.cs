using System.Text;

namespace AkkaReplication.Storage.Files;

/// <summary>Whole-file operations made of <see cref="IFileSystem"/>'s own.</summary>
internal static class FileSystemExtensions
{
    private const string TemporarySuffix = ".tmp";

    public static byte[] ReadAllBytes(this IFileSystem files, string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        var bytes = new byte[file.Length];
        var read = file.Read(bytes, 0);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    public static string ReadAllText(this IFileSystem files, string path) =>
        Encoding.UTF8.GetString(files.ReadAllBytes(path));

    /// <summary>Size of a file in bytes.</summary>
    public static long SizeOf(this IFileSystem files, string path)
    {
        using var file = files.Open(path, FileOpenMode.Read);
        return file.Length;
    }

    /// <summary>
    /// Replaces a file so that after a crash either the old or the new content is there, whole: write aside, flush,
    /// rename, flush the directory.
    /// </summary>
    public static void WriteAtomically(this IFileSystem files, string path, ReadOnlySpan<byte> content)
    {
        files.Replace(path, content);
        files.FlushDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// As <see cref="WriteAtomically(IFileSystem, string, ReadOnlySpan{byte})"/>, but that it is the new content is certain
    /// only after the directory was flushed.
    /// </summary>
    public static void Replace(this IFileSystem files, string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + TemporarySuffix;
        using (var file = files.Open(temporary, FileOpenMode.ReadWrite))
        {
            file.SetLength(0);
            file.Write(content, 0);
            file.Flush();
        }

        files.Rename(temporary, path);
    }

    public static void WriteAtomically(this IFileSystem files, string path, string content) =>
        files.WriteAtomically(path, Encoding.UTF8.GetBytes(content));

    /// <summary>Creates a directory whose name survives a crash.</summary>
    public static void CreateDirectoryDurably(this IFileSystem files, string path)
    {
        if (files.DirectoryExists(path))
            return;

        files.CreateDirectory(path);
        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
            files.FlushDirectory(parent);
    }
}
