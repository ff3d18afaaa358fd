using System.Text.Json;

namespace AkkaReplication.History.Json;

/// <summary>
/// Reads one line of JSON into a history's columns, without an object per record. What it does not understand it refuses,
/// with what it would have understood.
/// </summary>
internal sealed class OperationParser(OperationHistory history)
{
    private const string LineFields = "op, process, outcome, invokedNs, completedNs, acks, isolation, steps";
    private const string StepForms =
        "send + value [+ offset], poll [+ records, highWatermark, rebalanced, end], assign [+ from], "
        + "subscribe [+ from], partition + logStart or highWatermark, excuse + fromOffset or belowOffset";

    private readonly StepFields _step = new();

    /// <exception cref="HistoryFormatException">The line is no operation.</exception>
    public void Parse(ReadOnlySpan<byte> line, long lineNumber)
    {
        try
        {
            ParseLine(line);
        }
        catch (JsonException e)
        {
            throw new HistoryFormatException(lineNumber, $"no JSON object: {e.Message.Split(" LineNumber:")[0]}", e);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new HistoryFormatException(lineNumber, e.Message, e);
        }
    }

    private void ParseLine(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw new FormatException($"a line is a JSON object with {LineFields}");

        int kind = -1, outcome = -1, acks = 0, isolation = 0;
        long? process = null, invoked = null, completed = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("op"u8))
                kind = Word(ref json, "op", Words.Operations);
            else if (json.ValueTextEquals("process"u8))
                process = Number(ref json, "process", int.MinValue, int.MaxValue);
            else if (json.ValueTextEquals("outcome"u8))
                outcome = Word(ref json, "outcome", Words.Outcomes);
            else if (json.ValueTextEquals("invokedNs"u8))
                invoked = Number(ref json, "invokedNs", long.MinValue, long.MaxValue - 1);
            else if (json.ValueTextEquals("completedNs"u8))
                completed = Number(ref json, "completedNs", long.MinValue, long.MaxValue - 1);
            else if (json.ValueTextEquals("acks"u8))
                acks = Word(ref json, "acks", Words.Acks);
            else if (json.ValueTextEquals("isolation"u8))
                isolation = Word(ref json, "isolation", Words.Isolations);
            else if (json.ValueTextEquals("steps"u8))
                ParseSteps(ref json);
            else
                throw new FormatException($"unknown field \"{json.GetString()}\"; accepted are {LineFields}");
        }

        while (json.Read())
        {
            // Whatever follows the object is refused by the reader.
        }

        history.Complete(
            new OperationHistory.Header(
                (OperationKind)Needed(kind, "op", Words.Operations),
                (Outcome)Needed(outcome, "outcome", Words.Outcomes),
                (SendAcks)acks,
                (Isolation)isolation,
                (int)(process ?? throw Missing("process"))),
            invoked ?? throw Missing("invokedNs"),
            completed ?? (outcome == (int)Outcome.Info ? Operation.NeverNs : throw Missing("completedNs")));
    }

    private void ParseSteps(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw new FormatException("\"steps\" is an array of objects");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
                throw new FormatException($"a step is an object: {StepForms}");
            ParseStep(ref json);
        }
    }

    private void ParseStep(ref Utf8JsonReader json)
    {
        var step = _step;
        step.Clear();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("send"u8))
                step.SetForm(StepForm.Send, Key(ref json, "send"));
            else if (json.ValueTextEquals("poll"u8))
                step.SetForm(StepForm.Poll, Key(ref json, "poll"));
            else if (json.ValueTextEquals("value"u8))
                step.Value = Value(ref json, "value");
            else if (json.ValueTextEquals("offset"u8))
                step.Set(StepField.Offset, Offset(ref json, "offset", nullable: true));
            else if (json.ValueTextEquals("records"u8))
                ParseRecords(ref json, step);
            else if (json.ValueTextEquals("highWatermark"u8))
                step.Set(StepField.HighWatermark, Offset(ref json, "highWatermark"));
            else if (json.ValueTextEquals("end"u8))
                step.Set(StepField.End, Offset(ref json, "end"));
            else if (json.ValueTextEquals("rebalanced"u8))
                step.IsRebalanced = Boolean(ref json, "rebalanced");
            else if (json.ValueTextEquals("assign"u8))
                step.SetForm(StepForm.Assign, Key(ref json, "assign"));
            else if (json.ValueTextEquals("subscribe"u8))
                step.SetForm(StepForm.Subscribe, Key(ref json, "subscribe"));
            else if (json.ValueTextEquals("from"u8))
                step.Set(StepField.From, Offset(ref json, "from", nullable: true));
            else if (json.ValueTextEquals("partition"u8))
                step.SetForm(StepForm.Partition, Key(ref json, "partition"));
            else if (json.ValueTextEquals("logStart"u8))
                step.Set(StepField.LogStart, Offset(ref json, "logStart"));
            else if (json.ValueTextEquals("excuse"u8))
                step.SetForm(StepForm.Excuse, Key(ref json, "excuse"));
            else if (json.ValueTextEquals("fromOffset"u8))
                step.Set(StepField.FromOffset, Offset(ref json, "fromOffset"));
            else if (json.ValueTextEquals("belowOffset"u8))
                step.Set(StepField.BelowOffset, Offset(ref json, "belowOffset"));
            else
                throw new FormatException($"unknown field \"{json.GetString()}\" in a step; accepted are {StepForms}");
        }

        if (step.AddTo(history) is { } complaint)
            throw new FormatException($"{complaint}; accepted are {StepForms}");
    }

    private void ParseRecords(ref Utf8JsonReader json, StepFields step)
    {
        const string Form = "\"records\" is an array of [offset, value]";
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw new FormatException(Form);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartArray)
                throw new FormatException(Form);
            step.Records.Add((Offset(ref json, "the offset of a record"), Value(ref json, "the value of a record")));
            json.Read();
            if (json.TokenType != JsonTokenType.EndArray)
                throw new FormatException(Form);
        }

        step.HasRecords = true;
    }

    private int Key(ref Utf8JsonReader json, string field)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.String)
            throw new FormatException($"\"{field}\" is a text, the key, such as \"orders-0\"");
        if (json.ValueIsEscaped)
            return history.Keys.NumberOf(json.GetString()!);
        return json.ValueSpan.IsEmpty
            ? throw new FormatException($"\"{field}\" is empty; it is a key, such as \"orders-0\"")
            : history.Keys.NumberOf(json.ValueSpan);
    }

    private int Value(ref Utf8JsonReader json, string field)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number))
            return history.Values.NumberOf(number);
        if (json.TokenType != JsonTokenType.String)
            throw new FormatException($"{Quoted(field)} is a whole number of 64 bits or a text");

        // Only a text that begins like a number can be the same value as a number.
        var text = json.ValueSpan;
        var isPlain = !json.ValueIsEscaped && !text.IsEmpty && text[0] != '-' && text[0] is < (byte)'0' or > (byte)'9';
        return isPlain && !json.ValueIsEscaped
            ? history.Values.NumberOf(text)
            : history.Values.NumberOf(HistoryValue.Of(json.GetString()!));
    }

    private static long Offset(ref Utf8JsonReader json, string field, bool nullable = false)
    {
        json.Read();
        if (nullable && json.TokenType == JsonTokenType.Null)
            return OperationStep.UnknownOffset;
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var offset) && offset >= 0
            ? offset
            : throw new FormatException(
                $"{Quoted(field)} is a whole number of 0 or more" + (nullable ? ", or null where it is not known" : ""));
    }

    private static long Number(ref Utf8JsonReader json, string field, long min, long max)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number)
            && number >= min && number <= max
            ? number
            : throw new FormatException($"\"{field}\" is a whole number from {min} to {max}");
    }

    private static bool Boolean(ref Utf8JsonReader json, string field)
    {
        json.Read();
        return json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw new FormatException($"\"{field}\" is true or false"),
        };
    }

    private static int Word(ref Utf8JsonReader json, string field, string[] words)
    {
        json.Read();
        if (json.TokenType == JsonTokenType.String)
        {
            for (var i = 0; i < words.Length; i++)
            {
                if (json.ValueTextEquals(words[i]))
                    return i;
            }
        }

        var found = json.TokenType == JsonTokenType.String ? $"\"{json.GetString()}\"" : json.TokenType.ToString();
        throw new FormatException($"\"{field}\" is {found}; accepted are {string.Join(", ", words)}");
    }

    private static int Needed(int word, string field, string[] words) => word >= 0
        ? word
        : throw new FormatException($"there is no \"{field}\"; accepted are {string.Join(", ", words)}");

    private static FormatException Missing(string field) => new($"there is no \"{field}\"");

    private static string Quoted(string field) => field.Contains(' ') ? field : $"\"{field}\"";
}
