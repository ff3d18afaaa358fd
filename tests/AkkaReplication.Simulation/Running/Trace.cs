using System.Runtime.CompilerServices;
using System.Text;
using AkkaReplication.Simulation.Time;

namespace AkkaReplication.Simulation.Running;

/// <summary>
/// What happened, line by line, where somebody wants to read it; otherwise its lines are never made. Only what is the same
/// in every process may enter it.
/// </summary>
internal sealed class Trace(VirtualTime time, TextWriter? output)
{
    public bool IsOn => output is not null;

    public void Line([InterpolatedStringHandlerArgument("")] ref TraceLine line)
    {
        if (output is not null)
            output.WriteLine(line.ToText());
    }

    [InterpolatedStringHandler]
    internal readonly ref struct TraceLine
    {
        private readonly StringBuilder? _text;

        public TraceLine(int literalLength, int formattedCount, Trace trace, out bool isOn)
        {
            isOn = trace.IsOn;
            if (!isOn)
                return;
            _text = new StringBuilder(literalLength + (16 * formattedCount) + 16);
            _text.Append(trace.NowUs / 1000).Append('.').Append((trace.NowUs % 1000).ToString("d3")).Append(' ');
        }

        public void AppendLiteral(string text) => _text!.Append(text);

        public void AppendFormatted<T>(T value) => _text!.Append(value);

        public string ToText() => _text!.ToString();
    }

    private long NowUs => time.NowUs;
}
