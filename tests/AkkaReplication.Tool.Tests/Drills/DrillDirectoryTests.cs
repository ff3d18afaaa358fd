using AkkaReplication.Tool.Drills;

namespace AkkaReplication.Tool.Tests.Drills;

public sealed class DrillDirectoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_temporary_directory_goes_with_the_drill()
    {
        var directory = DrillDirectory.Open(null);
        File.WriteAllText(Path.Combine(directory.FullPath, "some"), "data");
        directory.Dispose();

        Assert.False(directory.IsKept);
        Assert.False(Directory.Exists(directory.FullPath));
    }

    [Fact]
    public void A_named_directory_is_made_and_kept_without_its_lock()
    {
        var path = Path.Combine(_root, "deep", "er");
        var directory = DrillDirectory.Open(path);
        File.WriteAllText(Path.Combine(path, "some"), "data");
        directory.Dispose();

        Assert.True(directory.IsKept);
        Assert.Equal(["some"], Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_directory_in_use_is_refused_and_free_again_afterwards()
    {
        using (DrillDirectory.Open(_root))
        {
            Assert.Equal(
                $"cannot use --data-dir {_root}: another drill is using it",
                Assert.Throws<ToolException>(() => DrillDirectory.Open(_root)).Message);
        }

        DrillDirectory.Open(_root).Dispose();
    }

    [Fact]
    public void A_directory_that_holds_data_is_refused_and_left_as_it_is()
    {
        File.WriteAllText(Path.Combine(_root, "broker-1"), "someone's");
        Assert.Equal(
            $"cannot use --data-dir {_root}: it already holds data (broker-1); name a new or empty directory",
            Assert.Throws<ToolException>(() => DrillDirectory.Open(_root)).Message);
        Assert.Equal(["broker-1"], Directory.EnumerateFileSystemEntries(_root).Select(Path.GetFileName));
    }

    [Fact]
    public void A_file_is_refused()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        Assert.Equal(
            $"cannot use --data-dir {file}: it is a file, not a directory",
            Assert.Throws<ToolException>(() => DrillDirectory.Open(file)).Message);
    }

    [Fact]
    public void A_path_that_cannot_be_made_is_refused()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");
        var below = Path.Combine(file, "below");
        Assert.StartsWith(
            $"cannot use --data-dir {below}: ", Assert.Throws<ToolException>(() => DrillDirectory.Open(below)).Message);
    }
}
