using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>A file system in which threads that create a directory wait for one another: it shows who does so at once.</summary>
internal sealed class MeetingFileSystem(IFileSystem files, Barrier meeting) : IFileSystem
{
    public IFile Open(string path, FileOpenMode mode) => files.Open(path, mode);

    public bool FileExists(string path) => files.FileExists(path);

    public bool DirectoryExists(string path) => files.DirectoryExists(path);

    public void CreateDirectory(string path)
    {
        if (!meeting.SignalAndWait(TimeSpan.FromSeconds(20)))
            throw new IOException($"{path}: nobody else creates a directory.");
        files.CreateDirectory(path);
    }

    public IReadOnlyList<string> ListFiles(string directory) => files.ListFiles(directory);

    public IReadOnlyList<string> ListDirectories(string directory) => files.ListDirectories(directory);

    public void Rename(string from, string to) => files.Rename(from, to);

    public void DeleteFile(string path) => files.DeleteFile(path);

    public void DeleteDirectory(string path) => files.DeleteDirectory(path);

    public void FlushDirectory(string path) => files.FlushDirectory(path);

    public IDisposable Lock(string path, string owner) => files.Lock(path, owner);

    public long LastWriteMs(string path) => files.LastWriteMs(path);

    public long? FreeBytes(string path) => files.FreeBytes(path);
}
