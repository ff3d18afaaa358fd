using AkkaReplication.Protocol.Generator;

namespace AkkaReplication.Protocol.Tests.Schemas;

public sealed class SchemaParserTests
{
    private const string Head = "api 7 Some\nversions 1-4\nflexible 3+\n";

    [Fact]
    public void A_schema_says_everything_about_a_message()
    {
        var schema = SchemaParser.Parse(
            Head + """
            # A remark.
            request  # Asks for it
              names      []string?2+  1-3  strict  # which ones
              limit      int32  2  = -1
              hint       Hint  3+  tag 5
                text     string  intern
            response
              done       bool
            """);

        var request = schema.Messages[0];
        Assert.Equal(("Some", 7, "1-4", "3+"), (schema.Name, schema.ApiKey, $"{schema.Versions}", $"{schema.Flexible}"));
        Assert.Equal(("SomeRequest", "Asks for it", MessageKind.Request), (request.Name, request.Doc, request.Kind));
        var names = request.Fields[0];
        Assert.Equal(("names", "string", "1-3", "2-3"), (names.Path, names.Type, $"{names.Versions}", $"{names.Nullable}"));
        Assert.True(names.IsArray && names.Strict);
        Assert.Equal(("2", "-1"), ($"{request.Fields[1].Versions}", request.Fields[1].Default));
        var hint = request.Fields[2];
        Assert.Equal((5, "hint.text", true), (hint.Tag, hint.Children[0].Path, hint.Children[0].Interned));
        Assert.Equal("SomeResponse", schema.Messages[1].Name);
    }

    [Theory]
    [InlineData("request\n  a text\n", 5, "'text' is no type")]
    [InlineData("request\n  a\n", 5, "needs a name and a type")]
    [InlineData("request\n  a int32 x+\n", 5, "'x+' is no range")]
    [InlineData("request\n  a int32 3-2\n", 5, "'3-2' is no range")]
    [InlineData("request\n  a int32 1+ tag x\n", 5, "'x' is no number")]
    [InlineData("request\n  a int32 1+ often\n", 5, "'often' is none of")]
    [InlineData("request\n  a int32?\n", 5, "int32 cannot be null")]
    [InlineData("request\n    a int32\n", 5, "indented by 4")]
    [InlineData("request\n  a []Thing\n", 5, "the struct Thing has no fields")]
    [InlineData("request\n  a Thing\n    b int32\n", 5, "a struct is an element of an array or a tagged field")]
    [InlineData("request\n  a records 3+ tag 1\n", 5, "a tagged field has no records")]
    [InlineData("request\n  a Thing 3+ tag 1\n    b []Inner\n      c records\n", 5, "a tagged field has no records")]
    [InlineData("request\n  a []X\n    b int8\n  c []X\n    d int8\n", 8, "two structs named X")]
    [InlineData("answer\n", 4, "'answer' is none of")]
    [InlineData("request\n  a int32\n", 5, "an API has a 'request' and a 'response'")]
    public void What_is_wrong_with_a_schema_is_said_with_its_line(string rest, int line, string message)
    {
        var error = Assert.Throws<SchemaException>(() => SchemaParser.Parse(Head + rest));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
    }

    [Theory]
    [InlineData("versions 0-1\nflexible none\n")]
    [InlineData("data Thing\nflexible none\nfields\n  a int32\n")]
    [InlineData("data Thing\nversions 0+\nflexible none\nfields\n  a int32\n")]
    [InlineData("api x Thing\n")]
    public void A_schema_without_its_head_is_refused(string text) =>
        Assert.Throws<SchemaException>(() => SchemaParser.Parse(text));

    [Fact]
    public void Conditions_say_which_versions_have_a_field()
    {
        var all = new VersionRange(2, 9);
        Assert.Equal("true", new VersionRange(0, VersionRange.Open).Condition(all));
        Assert.Equal("true", new VersionRange(2, 9).Condition(all));
        Assert.Equal("version >= 4", new VersionRange(4, VersionRange.Open).Condition(all));
        Assert.Equal("version <= 5", new VersionRange(0, 5).Condition(all));
        Assert.Equal("version is >= 3 and <= 5", new VersionRange(3, 5).Condition(all));
        Assert.Equal("version == 9", new VersionRange(9, 12).Condition(all));
        Assert.Equal("false", new VersionRange(10, VersionRange.Open).Condition(all));
        Assert.Equal("false", VersionRange.None.Condition(all));
    }
}
