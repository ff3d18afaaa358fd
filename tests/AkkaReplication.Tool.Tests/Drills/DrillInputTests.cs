using System.Text;
using AkkaReplication.Tool.Drills;

namespace AkkaReplication.Tool.Tests.Drills;

public sealed class DrillInputTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("akkarepl-tests-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("a\nb\n", "a|b")]
    [InlineData("a\r\nb", "a|b")]
    [InlineData("\n\nx\n", "||x")]
    [InlineData("only", "only")]
    [InlineData("a\rb\n", "a\rb")]
    public void One_record_a_line_whatever_ends_it(string text, string expected)
    {
        var input = DrillInput.FromFile(FileOf(text), 100);
        Assert.Equal(expected, string.Join('|', input.ReadLines().Select(Encoding.UTF8.GetString)));
        Assert.Equal(expected.Split('|').Length, input.Lines);
    }

    [Fact]
    public void Lines_across_buffers_are_whole_and_can_be_read_again()
    {
        var lines = Enumerable.Range(0, 3000).Select(i => new string((char)('a' + (i % 26)), i % 200)).ToList();
        var input = DrillInput.FromFile(FileOf(string.Join('\n', lines) + "\n"), 1000);
        for (var pass = 0; pass < 2; pass++)
            Assert.Equal(lines, input.ReadLines().Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_kept()
    {
        var path = Path.Combine(_directory, "bytes");
        File.WriteAllBytes(path, [0xff, 0x00, 0xfe, (byte)'\n', 0x80]);
        Assert.Equal([[0xff, 0x00, 0xfe], [0x80]], DrillInput.FromFile(path, 100).ReadLines());
    }

    [Fact]
    public void The_sample_is_there()
    {
        var sample = DrillInput.Sample(1000);
        Assert.InRange(sample.Lines, 2000, 10_000);
        Assert.All(sample.ReadLines(), line => Assert.InRange(line.Length, 20, 200));
    }

    [Fact]
    public void An_empty_file_is_refused()
    {
        var path = FileOf("");
        Assert.Equal(
            $"there is nothing to produce: {path} is empty",
            Assert.Throws<ToolException>(() => DrillInput.FromFile(path, 100)).Message);
    }

    [Fact]
    public void A_missing_file_and_a_directory_are_refused()
    {
        var missing = Path.Combine(_directory, "missing");
        Assert.StartsWith(
            $"cannot read --input {missing}: ",
            Assert.Throws<ToolException>(() => DrillInput.FromFile(missing, 100)).Message);
        Assert.Equal(
            $"cannot read --input {_directory}: it is a directory",
            Assert.Throws<ToolException>(() => DrillInput.FromFile(_directory, 100)).Message);
    }

    [Theory]
    [InlineData(101, "\n")]
    [InlineData(101, "")]
    [InlineData(1_000_000, "")]
    public void A_line_that_no_record_can_hold_is_refused_by_its_number(int length, string end)
    {
        var path = FileOf("short\n" + new string('x', length) + end);
        var refused = Assert.Throws<ReplicationException>(() => DrillInput.FromFile(path, 100));
        Assert.Equal(
            $"MESSAGE_TOO_LARGE: line 2 of {path} is longer than the 100 bytes that fit into a record "
            + "(max.message.bytes)",
            refused.Message);
    }

    [Fact]
    public void The_longest_line_that_fits_is_taken() =>
        Assert.Equal(1, DrillInput.FromFile(FileOf(new string('x', 100) + "\n"), 100).Lines);

    [Fact]
    public async Task Standard_input_can_be_read_more_than_once()
    {
        var stream = new MemoryStream("one\ntwo\n"u8.ToArray());
        var input = await DrillInput.FromStreamAsync(
            stream, Path.Combine(_directory, "spool"), 100, CancellationToken.None);
        Assert.Equal(2, input.Lines);
        Assert.Equal(2, input.ReadLines().Count());
        Assert.Equal(2, input.ReadLines().Count());
    }

    private string FileOf(string text)
    {
        var path = Path.Combine(_directory, Guid.NewGuid().ToString("n"));
        File.WriteAllText(path, text);
        return path;
    }
}
