using System.Text;
using AkkaReplication.History.Tests.Random;

namespace AkkaReplication.History.Tests.Json;

public sealed class HistoryFileTests
{
    [Fact]
    public void Any_history_comes_back_as_it_was_written()
    {
        foreach (var seed in Seeds.Of(300))
        {
            var history = new AnyHistory(seed).Draw();
            var text = TextOf(history);
            var again = HistoryFile.Read(new MemoryStream(text));
            Assert.True(All(history).SequenceEqual(All(again)), $"{Seeds.Replay(seed)}\n{Encoding.UTF8.GetString(text)}");
            Assert.Equal(text, TextOf(again));
        }
    }

    [Fact]
    public void Values_and_keys_of_all_kinds_come_back()
    {
        HistoryValue[] values =
        [
            0, long.MaxValue, long.MinValue, "", "a b", "7x", "-", "-7x", "007", "\"quoted\" \\ \n\u0001", "żółw 🐢",
            new string('x', 3_000), "9223372036854775808",
        ];
        var history = new OperationHistory();
        foreach (var value in values)
            history.Add(Send("kęy \"0\"", value));
        Assert.Equal(All(history), All(HistoryFile.Read(new MemoryStream(TextOf(history)))));
        Assert.Equal(values, All(history).Select(o => o.Split('\t')[0]).Select((_, i) => history[i].Steps[0].Value));
    }

    [Fact]
    public void A_number_and_its_usual_text_are_one_value_and_another_spelling_is_another()
    {
        Assert.Equal(HistoryValue.Of(42), HistoryValue.Of("42"));
        Assert.NotEqual(HistoryValue.Of(42), HistoryValue.Of("042"));
        Assert.NotEqual(HistoryValue.Of(0), HistoryValue.Of("-0"));
        var history = Read(
            """{"op":"send","process":1,"outcome":"ok","invokedNs":1,"completedNs":2,"steps":[{"send":"k-0","value":"42","offset":0}]}""",
            """{"op":"poll","process":2,"outcome":"ok","invokedNs":3,"completedNs":4,"steps":[{"poll":"k-0","records":[[0,42]]}]}""");
        Assert.True(HistoryChecker.Check(history).IsClean);
    }

    [Fact]
    public void Lines_may_be_longer_than_the_buffer_end_in_crlf_be_empty_and_the_last_may_have_no_end()
    {
        var line = """{"op":"crash","process":1,"outcome":"ok","invokedNs":1,"completedNs":2}""";
        var records = string.Join(",", Enumerable.Range(0, 200_000).Select(i => $"[{i},{i}]"));
        var poll = $$"""{"op":"poll","process":2,"outcome":"ok","invokedNs":3,"completedNs":4,"steps":[{"poll":"k-0","records":[{{records}}]}]}""";
        var text = $"\uFEFF{line}\r\n\r\n{poll}\n\n  {line}";
        using var stream = new Drip(Encoding.UTF8.GetBytes(text));

        var history = HistoryFile.Read(stream);
        Assert.Equal((3, 200_000), (history.Count, history.StepCount));
        Assert.Equal(OperationStep.Record("k-0", 199_999, 199_999), history[1].Steps[^1]);
    }

    [Fact]
    public void Every_example_in_the_readme_is_understood_and_every_word_of_the_format_is_in_it()
    {
        var readme = File.ReadAllText(Path.Combine(Repository(), "src", "AkkaReplication.History", "README.md"));
        var lines = readme.Split('\n').Where(line => line.StartsWith("{\"op\"", StringComparison.Ordinal)).ToArray();
        var history = Read(lines);

        Assert.Equal(
            Enum.GetValues<OperationKind>(), Enumerable.Range(0, history.Count).Select(i => history[i].Kind).Distinct().Order());
        Assert.Equal(
            Enum.GetValues<StepKind>().Where(kind => kind != StepKind.Polled),
            Enumerable.Range(0, history.Count).SelectMany(i => history[i].Steps).Select(s => s.Kind).Distinct().Order());
        Assert.All(Enum.GetValues<AnomalyClass>(), a => Assert.Contains($"`{a.Name()}`", readme));
        using var written = new MemoryStream();
        HistoryFile.Write(history, written);
        Assert.Equal(string.Join('\n', lines) + "\n", Encoding.UTF8.GetString(written.ToArray()));
    }

    [Theory]
    [InlineData("hello", "no JSON object: 'h' is an invalid start of a value.")]
    [InlineData("[1]", "a line is a JSON object with op, process, outcome, invokedNs, completedNs, acks, isolation, steps")]
    [InlineData("""{"op":"send" """, "no JSON object: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.")]
    [InlineData("""{"op":"write"}""", "\"op\" is \"write\"; accepted are send, poll, txn, assign, subscribe, crash, final-read, debug, excuse")]
    [InlineData("""{"op":7}""", "\"op\" is Number; accepted are send, poll, txn, assign, subscribe, crash, final-read, debug, excuse")]
    [InlineData("""{"type":"send"}""", "unknown field \"type\"; accepted are op, process, outcome, invokedNs, completedNs, acks, isolation, steps")]
    [InlineData("""{"process":1,"outcome":"ok","invokedNs":1,"completedNs":2}""", "there is no \"op\"; accepted are send, poll, txn, assign, subscribe, crash, final-read, debug, excuse")]
    [InlineData("""{"op":"crash","outcome":"ok","invokedNs":1,"completedNs":2}""", "there is no \"process\"")]
    [InlineData("""{"op":"crash","process":1,"invokedNs":1,"completedNs":2}""", "there is no \"outcome\"; accepted are ok, fail, info")]
    [InlineData("""{"op":"crash","process":1,"outcome":"ok","completedNs":2}""", "there is no \"invokedNs\"")]
    [InlineData("""{"op":"crash","process":1,"outcome":"ok","invokedNs":2}""", "there is no \"completedNs\"")]
    [InlineData("""{"op":"crash","process":1,"outcome":"ok","invokedNs":2,"completedNs":1}""", "the operation completes (1) before it is invoked (2)")]
    [InlineData("""{"op":"crash","process":1.5}""", "\"process\" is a whole number from -2147483648 to 2147483647")]
    [InlineData("""{"op":"send","acks":"most"}""", "\"acks\" is \"most\"; accepted are all, 1, 0")]
    [InlineData("""{"op":"poll","isolation":"none"}""", "\"isolation\" is \"none\"; accepted are committed, uncommitted")]
    [InlineData("""{"op":"send","steps":{}}""", "\"steps\" is an array of objects")]
    [InlineData("""{"op":"send","steps":[{"send":"k-0"}]}""", "a step Send needs a value; accepted are *")]
    [InlineData("""{"op":"send","steps":[{"value":1}]}""", "a step says nothing of what it is; accepted are *")]
    [InlineData("""{"op":"send","steps":[{"send":"","value":1}]}""", "\"send\" is empty; it is a key, such as \"orders-0\"")]
    [InlineData("""{"op":"send","steps":[{"send":"k-0","value":1.5}]}""", "\"value\" is a whole number of 64 bits or a text")]
    [InlineData("""{"op":"send","steps":[{"send":"k-0","value":1,"offset":-1}]}""", "\"offset\" is a whole number of 0 or more, or null where it is not known")]
    [InlineData("""{"op":"send","steps":[{"send":"k-0","poll":"k-0"}]}""", "a step is about one thing, not Send and Poll")]
    [InlineData("""{"op":"poll","steps":[{"poll":"k-0","records":[7]}]}""", "\"records\" is an array of [offset, value]")]
    [InlineData("""{"op":"poll","steps":[{"poll":"k-0","records":[[7,1,2]]}]}""", "\"records\" is an array of [offset, value]")]
    [InlineData("""{"op":"poll","steps":[{"poll":"k-0","lag":3}]}""", "unknown field \"lag\" in a step; accepted are *")]
    [InlineData("""{"op":"poll","steps":[{"poll":"k-0","from":3}]}""", "a step Poll has no From; accepted are *")]
    [InlineData("""{"op":"excuse","steps":[{"excuse":"k-0"}]}""", "a step Excuse needs one of FromOffset, BelowOffset; accepted are *")]
    [InlineData("""{"op":"send","process":1,"outcome":"ok","invokedNs":1,"completedNs":2,"steps":[{"poll":"k-0"}]}""", "send has no step Polled; accepted are Send")]
    [InlineData("""{"op":"crash","process":1,"outcome":"ok","invokedNs":1,"completedNs":2} x""", "no JSON object: 'x' is invalid after a single JSON value. Expected end of data.")]
    public void A_line_that_is_no_operation_is_refused_with_its_number_and_what_is_accepted(string line, string problem)
    {
        var good = """{"op":"crash","process":1,"outcome":"ok","invokedNs":1,"completedNs":2}""";
        var e = Assert.Throws<HistoryFormatException>(() => Read(good, "", line, good));

        Assert.Equal(3, e.LineNumber);
        Assert.Equal($"line 3: {problem.TrimEnd('*')}", problem.EndsWith('*') ? e.Message[..(8 + problem.Length - 1)] : e.Message);
    }

    private static Operation Send(string key, HistoryValue value) => new()
    {
        Kind = OperationKind.Send,
        Process = 1,
        InvokedNs = 1,
        CompletedNs = 2,
        Steps = [OperationStep.Send(key, value)],
    };

    private static OperationHistory Read(params string[] lines) =>
        HistoryFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

    private static byte[] TextOf(OperationHistory history)
    {
        using var stream = new MemoryStream();
        HistoryFile.Write(history, stream);
        return stream.ToArray();
    }

    private static List<string> All(OperationHistory history) => Enumerable.Range(0, history.Count)
        .Select(i => $"{history[i]}\t{history[i].Acks}\t{history[i].Isolation}\t{string.Join('\t', history[i].Steps)}")
        .ToList();

    private static string Repository()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "AkkaReplication.sln")))
            directory = directory.Parent ?? throw new InvalidOperationException("not within the repository");
        return directory.FullName;
    }

    /// <summary>Gives little at a time, as a pipe does.</summary>
    private sealed class Drip(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 7_001));
    }
}
