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
            WriteSteps(header.Kind, steps);
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

    private void WriteSteps(OperationKind kind, ReadOnlySpan<OperationStep> steps)
    {
        _json.WriteStartArray("steps"u8);
        for (var i = 0; i < steps.Length;)
        {
            _json.WriteStartObject();
            if (kind == OperationKind.Debug)
                i = WritePartition(steps, i);
            else if (steps[i].Kind is StepKind.Record || RankInPoll(steps[i].Kind) > 0)
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
        if (steps[at].Kind == StepKind.Polled)
            return at + 1;

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

        // Read back, the fields come in this order; what is in another order is another object.
        for (var rank = 0; at < steps.Length && steps[at].Key == key && RankInPoll(steps[at].Kind) > rank; at++)
        {
            rank = RankInPoll(steps[at].Kind);
            switch (steps[at].Kind)
            {
                case StepKind.HighWatermark:
                    _json.WriteNumber("highWatermark"u8, steps[at].Offset);
                    break;
                case StepKind.End:
                    _json.WriteNumber("end"u8, steps[at].Offset);
                    break;
                case StepKind.Rebalanced:
                    _json.WriteBoolean("rebalanced"u8, true);
                    break;
                case StepKind.Polled:
                    return at;
            }
        }

        return at;
    }

    private int WritePartition(ReadOnlySpan<OperationStep> steps, int at)
    {
        var key = steps[at].Key;
        _json.WriteString("partition"u8, key);
        if (steps[at].Kind == StepKind.LogStart)
            _json.WriteNumber("logStart"u8, steps[at++].Offset);
        if (at < steps.Length && steps[at].Kind == StepKind.HighWatermark && steps[at].Key == key)
            _json.WriteNumber("highWatermark"u8, steps[at++].Offset);
        return at;
    }

    private void WriteValue(HistoryValue value)
    {
        if (value.Text is { } text)
            _json.WriteStringValue(text);
        else
            _json.WriteNumberValue(value.Number);
    }

    /// <summary>The place of a step in the object of a poll, after the records; one that stands alone is last.</summary>
    private static int RankInPoll(StepKind kind) => kind switch
    {
        StepKind.HighWatermark => 1,
        StepKind.End => 2,
        StepKind.Rebalanced => 3,
        StepKind.Polled => 4,
        _ => 0,
    };
}
