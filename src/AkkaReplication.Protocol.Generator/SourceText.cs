using System.Text;

namespace AkkaReplication.Protocol.Generator;

/// <summary>C# as it is being written: lines, indented by the blocks that are open.</summary>
internal sealed class SourceText
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string line = "")
    {
        if (line.Length > 0)
            _text.Append(' ', _depth * 4).Append(line);
        _text.Append('\n');
    }

    public void Open(string line)
    {
        Line(line);
        Line("{");
        _depth++;
    }

    public void Close(string end = "}")
    {
        _depth--;
        Line(end);
    }

    public void Summary(string text) =>
        Line($"/// <summary>{text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")}</summary>");

    public override string ToString() => _text.ToString();
}
