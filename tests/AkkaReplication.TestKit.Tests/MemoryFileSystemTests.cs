using AkkaReplication.Storage.Files;
using AkkaReplication.Testing.Disks;

namespace AkkaReplication.TestKit.Tests;

/// <summary>Files in memory behave as those on a disk do, held against them at random.</summary>
public sealed class MemoryFileSystemTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(4711)]
    public void Random_operations_have_the_same_outcome_as_on_a_disk(int? replay)
    {
        var seed = replay ?? Random.Shared.Next();
        var random = new Random(seed);
        var directory = Directory.CreateTempSubdirectory("akkarepl-test-").FullName;
        try
        {
            IFileSystem memory = new MemoryFileSystem();
            IFileSystem disk = PhysicalFileSystem.Instance;
            memory.CreateDirectory(directory);
            for (var i = 0; i < 2_000; i++)
            {
                var step = random.Next();
                var (onDisk, inMemory) = (Outcome(disk, directory, step), Outcome(memory, directory, step));
                Assert.True(onDisk == inMemory, $"Seed {seed}, step {i}: on disk {onDisk}, in memory {inMemory}");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_lock_is_held_once()
    {
        IFileSystem files = new MemoryFileSystem();
        files.CreateDirectory("/data");
        var held = files.Lock("/data/.lock", "one");

        var refused = Assert.Throws<IOException>(() => files.Lock("/data/.lock", "two"));

        Assert.Contains("one", refused.Message, StringComparison.Ordinal);
        held.Dispose();
        files.Lock("/data/.lock", "two").Dispose();
    }

    private static string Outcome(IFileSystem files, string root, int step)
    {
        try
        {
            return Do(files, root, new Random(step));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "fails";
        }
    }

    private static string Do(IFileSystem files, string root, Random random)
    {
        var path = Path.Combine(root, $"f{random.Next(4)}");
        var folder = Path.Combine(root, $"d{random.Next(3)}");
        switch (random.Next(9))
        {
            case 0:
                using (var file = files.Open(path, FileOpenMode.ReadWrite))
                {
                    var bytes = new byte[random.Next(40_000)];
                    random.NextBytes(bytes);
                    file.Write(bytes.AsMemory(0, bytes.Length / 2), bytes.AsMemory(bytes.Length / 2), random.Next(60_000));
                    return $"{file.Length}";
                }

            case 1:
                using (var file = files.Open(path, FileOpenMode.ReadWriteExisting))
                {
                    file.SetLength(random.Next(80_000));
                    return $"{file.Length}";
                }

            case 2:
                using (var file = files.Open(path, FileOpenMode.Read))
                {
                    var buffer = new byte[random.Next(50_000)];
                    var read = file.Read(buffer, random.Next(80_000));
                    return $"{read} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(buffer.AsSpan(0, read)))}";
                }

            case 3:
                files.Rename(path, Path.Combine(root, $"f{random.Next(4)}"));
                return "renamed";
            case 4:
                files.DeleteFile(path);
                return "deleted";
            case 5:
                files.CreateDirectory(folder);
                files.Open(Path.Combine(folder, "x"), FileOpenMode.ReadWrite).Dispose();
                return "made";
            case 6:
                files.DeleteDirectory(folder);
                return "deleted";
            case 7:
                files.Rename(folder, Path.Combine(root, $"e{random.Next(3)}"));
                return "renamed";
            default:
                return string.Join(
                    ' ',
                    [.. files.ListFiles(root), "|", .. files.ListDirectories(root), $"{files.FileExists(path)} {files.DirectoryExists(folder)}"]);
        }
    }
}
