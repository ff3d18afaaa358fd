using System.Buffers;
using System.Text.Json;

namespace AkkaReplication.History.Json;

/// <summary>Writes operations as lines of JSON.</summary>
internal sealed class OperationWriter : IDisposable
{
    private const int FlushBytes = 1 << 16;

    // What is plain text is left as it is: the lines are read by people, too, and never stand in HTML.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly Stream _output;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes * 2);
    private readonly Utf8JsonWriter _json;

    public OperationWriter(Stream output)
    {
        _output = output;
        _json = new Utf8JsonWriter(_buffer, Options);
    }

    public void Write(
        in OperationHistory.Header header, long invokedNs, long completedNs, ReadOnlySpan<OperationStep> steps)
    {
        _json.Reset(_buffer);
        _json.WriteStartObject();
        _json.WriteString("op"u8, Words.Operations[(int)header.Kind]);
        _json.WriteNumber("process"u8, header.Process);
        _json.WriteString("outcome"u8, Words.Outcomes[(int)header.Outcome]);
        _json.WriteNumber("invokedNs"u8, invokedNs);
        if (completedNs != Operation.NeverNs)
            _json.WriteNumber("completedNs"u8, completedNs);
        if (header.Acks != SendAcks.All)
            _json.WriteString("acks"u8, Words.Acks[(int)header.Acks]);
        if (header.Isolation != Isolation.Committed)
            _json.WriteString("isolation"u8, Words.Isolations[(int)header.Isolation]);
        if (steps.Length > 0)
            WriteSteps(steps);
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushBytes)
            Flush();
    }

    public void Flush()
    {
        _output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
        _output.Flush();
    }

    public void Dispose() => _json.Dispose();

    private void WriteSteps(ReadOnlySpan<OperationStep> steps)
    {
        _json.WriteStartArray("steps"u8);
        for (var i = 0; i < steps.Length;)
        {
            _json.WriteStartObject();
            if (IsOfPoll(steps[i].Kind))
                i = WritePoll(steps, i);
            else
                WriteOne(steps[i++]);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }

    private void WriteOne(in OperationStep step)
    {
        var (name, offset) = step.Kind switch
        {
            StepKind.Send => ("send", "offset"),
            StepKind.Assign => ("assign", "from"),
            StepKind.Subscribe => ("subscribe", "from"),
            StepKind.LogStart => ("partition", "logStart"),
            StepKind.LostFrom => ("excuse", "fromOffset"),
            StepKind.LostBelow => ("excuse", "belowOffset"),
            _ => throw new InvalidOperationException($"a step {step.Kind} is not written alone"),
        };
        _json.WriteString(name, step.Key);
        if (step.Kind == StepKind.Send)
        {
            _json.WritePropertyName("value"u8);
            WriteValue(step.Value);
        }

        if (step.Offset >= 0)
            _json.WriteNumber(offset, step.Offset);
    }

    /// <summary>Steps about one key that follow each other are one object; a record after them begins the next.</summary>
    private int WritePoll(ReadOnlySpan<OperationStep> steps, int at)
    {
        var key = steps[at].Key;
        _json.WriteString("poll"u8, key);
        var records = at;
        while (records < steps.Length && steps[records].Kind == StepKind.Record && steps[records].Key == key)
            records++;
        if (records > at)
        {
            _json.WriteStartArray("records"u8);
            for (; at < records; at++)
            {
                _json.WriteStartArray();
                _json.WriteNumberValue(steps[at].Offset);
                WriteValue(steps[at].Value);
                _json.WriteEndArray();
            }

            _json.WriteEndArray();
        }

        for (var seen = 0; at < steps.Length && steps[at].Key == key && IsOfPoll(steps[at].Kind); at++)
        {
            var kind = steps[at].Kind;
            if (kind == StepKind.Record || (seen & (1 << (int)kind)) != 0)
                break;
            seen |= 1 << (int)kind;
            if (kind == StepKind.HighWatermark)
                _json.WriteNumber("highWatermark"u8, steps[at].Offset);
            else if (kind == StepKind.End)
                _json.WriteNumber("end"u8, steps[at].Offset);
            else if (kind == StepKind.Rebalanced)
                _json.WriteBoolean("rebalanced"u8, true);
        }

        return at;
    }

    private void WriteValue(HistoryValue value)
    {
        if (value.Text is { } text)
            _json.WriteStringValue(text);
        else
            _json.WriteNumberValue(value.Number);
    }

    private static bool IsOfPoll(StepKind kind) => kind
        is StepKind.Record or StepKind.Polled or StepKind.HighWatermark or StepKind.Rebalanced or StepKind.End;
}
