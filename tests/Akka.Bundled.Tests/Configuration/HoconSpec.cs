using Akka.Configuration;

namespace Akka.Conformance.Configuration;

/// <summary>What the built-in HOCON reads, and how it answers for what is not there.</summary>
public sealed class HoconSpec
{
    [Fact]
    public void Objects_lists_and_texts_are_read()
    {
        var config = Parse("""
            # a comment
            a { b = 1, c : "two" // another
                d = [1, 2, 3] }
            a.e = on
            "x.y" = quoted
            text = three words here
            long = '''not special'''
            """.Replace("'''", "\"\"\"", StringComparison.Ordinal));
        Assert.Equal(1, config.GetInt("a.b"));
        Assert.Equal("two", config.GetString("a.c"));
        Assert.Equal([1, 2, 3], config.GetIntList("a.d"));
        Assert.True(config.GetBoolean("a.e"));
        Assert.Equal("quoted", config.GetString("\"x.y\""));
        Assert.Equal("three words here", config.GetString("text"));
        Assert.Equal("not special", config.GetString("long"));
    }

    [Fact]
    public void Dotted_keys_merge_and_later_values_win()
    {
        var config = Parse("a.b = 1, a.c = 2, a { b = 3 }");
        Assert.Equal(3, config.GetInt("a.b"));
        Assert.Equal(2, config.GetInt("a.c"));
    }

    [Fact]
    public void Substitutions_take_values_from_elsewhere()
    {
        var config = Parse("""
            a = 5
            b = ${a}
            c { d = ${b} }
            e = ${?nowhere}
            """);
        Assert.Equal(5, config.GetInt("b"));
        Assert.Equal(5, config.GetInt("c.d"));
        Assert.Null(config.GetString("e"));
        Assert.Throws<FormatException>(() => Parse("a = ${nowhere}"));
    }

    [Fact]
    public void Lists_are_concatenated() =>
        Assert.Equal(["1", "2", "3"], Parse("a = [1] [2, 3]").GetStringList("a"));

    [Fact]
    public void What_is_missing_is_nothing_of_its_kind()
    {
        var config = Parse("present = 1");
        Assert.Equal(0, config.GetInt("missing"));
        Assert.Equal(0, config.GetLong("missing"));
        Assert.Equal(0, config.GetDouble("missing"));
        Assert.False(config.GetBoolean("missing"));
        Assert.Null(config.GetString("missing"));
        Assert.Equal(TimeSpan.Zero, config.GetTimeSpan("missing"));
        Assert.Empty(config.GetStringList("missing"));
        Assert.Null(config.GetConfig("missing"));
        Assert.False(config.HasPath("missing"));
    }

    [Fact]
    public void A_default_stands_in_for_what_is_missing()
    {
        var config = Parse("present = 1");
        Assert.Equal(7, config.GetInt("missing", 7));
        Assert.Equal("x", config.GetString("missing", "x"));
        Assert.True(config.GetBoolean("missing", true));
        Assert.Equal(TimeSpan.FromSeconds(2), config.GetTimeSpan("missing", TimeSpan.FromSeconds(2)));
        Assert.Equal(1, config.GetInt("present", 7));
    }

    [Theory]
    [InlineData("500", 500)]
    [InlineData("500ms", 500)]
    [InlineData("500 milliseconds", 500)]
    [InlineData("2s", 2_000)]
    [InlineData("2 seconds", 2_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("3m", 180_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("infinite", -1)]
    public void Times_have_units(string text, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Parse($"t = {text}").GetTimeSpan("t"));

    [Theory]
    [InlineData("128000b", 128_000)]
    [InlineData("128k", 131_072)]
    [InlineData("128KiB", 131_072)]
    [InlineData("128kB", 128_000)]
    [InlineData("1m", 1_048_576)]
    [InlineData("1g", 1_073_741_824)]
    [InlineData("77", 77)]
    public void Sizes_have_units(string text, long bytes) =>
        Assert.Equal(bytes, Parse($"s = {text}").GetByteSize("s"));

    [Theory]
    [InlineData("on", true)]
    [InlineData("off", false)]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void On_and_off_are_booleans(string text, bool value) =>
        Assert.Equal(value, Parse($"b = {text}").GetBoolean("b"));

    [Theory]
    [InlineData("yes")]
    [InlineData("True")]
    public void Other_words_are_no_booleans(string text) =>
        Assert.Throws<NotSupportedException>(() => Parse($"b = {text}").GetBoolean("b"));

    [Fact]
    public void Off_is_no_time() => Assert.Throws<FormatException>(() => Parse("t = off").GetTimeSpan("t"));

    [Fact]
    public void A_fallback_fills_in_and_lists_are_not_merged()
    {
        var config = Parse("a { b = 1, list = [1] }").WithFallback("a { b = 2, c = 3, list = [2, 3] }");
        Assert.Equal(1, config.GetInt("a.b"));
        Assert.Equal(3, config.GetInt("a.c"));
        Assert.Equal([1], config.GetIntList("a.list"));
        Assert.Equal(3, config.GetConfig("a")!.GetInt("c"));
    }

    [Fact]
    public void Fallbacks_can_be_chained()
    {
        var config = Parse("a = 1").WithFallback(Parse("a = 2, b = 2")).WithFallback(Parse("b = 3, c = 3"));
        Assert.Equal([1, 2, 3], new[] { config.GetInt("a"), config.GetInt("b"), config.GetInt("c") });
    }

    [Fact]
    public void An_empty_configuration_is_recognised()
    {
        Assert.True(ConfigurationFactory.Empty.IsEmpty);
        Assert.True(((Config?)null).IsNullOrEmpty());
        Assert.False(Parse("a = 1").IsNullOrEmpty());
    }

    [Fact]
    public void The_entries_of_an_object_can_be_enumerated()
    {
        var entries = Parse("serializers { json = first, bytes = second }").GetConfig("serializers")!.AsEnumerable();
        Assert.Equal(["bytes=second", "json=first"],
            entries.Select(entry => $"{entry.Key}={entry.Value.GetString()}").Order());
    }

    [Fact]
    public void A_text_is_a_configuration()
    {
        Config config = "a = 1";
        Assert.Equal(1, config.GetInt("a"));
    }

    [Fact]
    public void A_key_may_be_set_to_nothing()
    {
        var config = Parse("a = 1, a = null");
        Assert.Null(config.GetString("a"));
        Assert.True(config.HasPath("a"));
    }

    [Fact]
    public void An_absent_subtree_of_the_default_configuration_can_be_added_by_fallback()
    {
        var config = ConfigurationFactory.Default();
        Assert.Equal("INFO", config.GetString("akka.loglevel"));
        Assert.Equal(1, config.WithFallback("akka.mine = 1").GetInt("akka.mine"));
    }

    private static Config Parse(string hocon) => ConfigurationFactory.ParseString(hocon);
}
