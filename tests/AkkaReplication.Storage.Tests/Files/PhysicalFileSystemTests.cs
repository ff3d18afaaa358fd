using AkkaReplication.Storage.Files;

namespace AkkaReplication.Storage.Tests.Files;

public sealed class PhysicalFileSystemTests : IDisposable
{
    private readonly PhysicalFileSystem _files = PhysicalFileSystem.Instance;
    private readonly string _root = Path.Combine(Path.GetTempPath(), $"akkarepl-{Guid.NewGuid():n}");

    public PhysicalFileSystemTests() => Directory.CreateDirectory(_root);

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Written_pieces_are_read_back_and_the_length_is_kept()
    {
        using var file = _files.Open(PathOf("f"), FileOpenMode.ReadWrite);
        file.Write(new byte[] { 1, 2 }, new byte[] { 3, 4, 5 }, 2);
        file.Flush();
        var buffer = new byte[10];
        Assert.Equal(7, file.Read(buffer, 0));
        Assert.Equal([0, 0, 1, 2, 3, 4, 5], buffer[..7]);
        Assert.Equal(2, file.Read(buffer, 5));
        Assert.Equal(0, file.Read(buffer, 7));
        file.SetLength(3);
        Assert.Equal(3, file.Length);
    }

    [Fact]
    public void Refused_flush_is_an_error()
    {
        if (!OperatingSystem.IsLinux())
            return;

        // A device that cannot be synchronised: the system refuses with EINVAL, which .NET's own flush swallows.
        using var device = _files.Open("/dev/null", FileOpenMode.ReadWrite);
        var e = Assert.Throws<IOException>(device.Flush);
        Assert.Contains("fdatasync", e.Message);
    }

    [Fact]
    public void Full_disk_is_an_error()
    {
        if (!OperatingSystem.IsLinux())
            return;

        using var device = _files.Open("/dev/full", FileOpenMode.ReadWrite);
        Assert.ThrowsAny<IOException>(() => device.Write(new byte[10], 0));
        Assert.ThrowsAny<IOException>(() => device.Write(new byte[10], new byte[10], 0));
    }

    [Fact]
    public void Directories_are_flushed_and_a_missing_one_is_an_error()
    {
        _files.FlushDirectory(_root);
        if (!OperatingSystem.IsWindows())
            Assert.Throws<IOException>(() => _files.FlushDirectory(PathOf("missing")));
    }

    [Fact]
    public void Names_are_listed_in_order_and_follow_renaming_and_deletion()
    {
        foreach (var name in (string[])["b", "a", "c"])
            _files.Open(PathOf(name), FileOpenMode.ReadWrite).Dispose();
        _files.CreateDirectory(PathOf("d"));
        Assert.Equal(["a", "b", "c"], _files.ListFiles(_root));
        Assert.Equal(["d"], _files.ListDirectories(_root));

        _files.Rename(PathOf("a"), PathOf("b"));
        _files.Rename(PathOf("d"), PathOf("e"));
        _files.DeleteFile(PathOf("c"));
        _files.DeleteFile(PathOf("c"));
        Assert.Equal(["b"], _files.ListFiles(_root));
        Assert.True(_files.DirectoryExists(PathOf("e")));
        _files.DeleteDirectory(PathOf("e"));
        _files.DeleteDirectory(PathOf("e"));
        Assert.False(_files.DirectoryExists(PathOf("e")));
    }

    [Fact]
    public void Open_file_stays_readable_under_another_name_and_without_one()
    {
        using var file = _files.Open(PathOf("f"), FileOpenMode.ReadWrite);
        file.Write([1, 2, 3], 0);
        _files.Rename(PathOf("f"), PathOf("g"));
        _files.DeleteFile(PathOf("g"));
        var buffer = new byte[3];
        Assert.Equal(3, file.Read(buffer, 0));
        Assert.Equal([1, 2, 3], buffer);
    }

    [Fact]
    public void Lock_is_exclusive_within_the_process_and_free_again_once_released()
    {
        var held = _files.Lock(PathOf(".lock"), "broker 1");
        Assert.Contains("held by broker 1 in this process", Assert.Throws<IOException>(() => _files.Lock(PathOf(".lock"), "broker 2")).Message);
        held.Dispose();
        held.Dispose();
        _files.Lock(PathOf(".lock"), "broker 2").Dispose();
    }

    [Fact]
    public void Lock_of_another_process_is_respected()
    {
        if (!OperatingSystem.IsLinux())
            return;

        var path = PathOf(".lock");
        File.WriteAllText(path, "broker 9, process 4711");
        // An open file description of its own is to the system what another process is.
        using var other = Unix.Lock(path, "broker 9, process 4711");
        Assert.Contains("held by broker 9, process 4711", Assert.Throws<IOException>(() => _files.Lock(path, "broker 1")).Message);
    }

    [Fact]
    public void Free_space_is_known_for_a_directory() => Assert.True(_files.FreeBytes(_root) > 0);

    private string PathOf(string name) => Path.Combine(_root, name);
}
