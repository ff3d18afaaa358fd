using System.Globalization;

namespace Akka.Configuration.Hocon;

/// <summary>
/// Owns what stands after one key: a run of pieces that read together as a text, a list or an object.
/// </summary>
public class HoconValue : IMightBeAHoconObject
{
    private readonly List<IHoconElement> _pieces;

    /// <summary>Creates a value without content, which reads as null.</summary>
    public HoconValue()
    {
        _pieces = [];
    }

    internal HoconValue(HoconObject @object)
    {
        _pieces = [@object];
    }

    /// <summary>The pieces, in order.</summary>
    public List<IHoconElement> Values => _pieces;

    /// <summary>Whether there is no content, or an object without keys.</summary>
    public bool IsEmpty => _pieces.Count == 0 || _pieces[0] is HoconObject { Items.Count: 0 };

    /// <inheritdoc/>
    public bool IsObject() => GetObject() is not null;

    /// <inheritdoc/>
    public HoconObject? GetObject() => _pieces.Count == 0
        ? null
        : _pieces[0] as HoconObject ?? (_pieces[0] as IMightBeAHoconObject)?.GetObject();

    /// <summary>The value of a key of this object, or null.</summary>
    public HoconValue? GetChildObject(string key) => GetObject()?.GetKey(key);

    /// <summary>Whether the value is a list with at least one element.</summary>
    public bool IsArray() => GetArray().Count > 0;

    /// <summary>The elements of all lists among the pieces: lists that stand side by side are one.</summary>
    public IList<HoconValue> GetArray() =>
        _pieces.Count == 1 && _pieces[0] is HoconArray single
            ? [.. single]
            : [.. _pieces.Where(piece => piece.IsArray()).SelectMany(piece => piece.GetArray())];

    /// <summary>Whether the value reads as text.</summary>
    public bool IsString() => _pieces.Count > 0 && _pieces.TrueForAll(piece => piece.IsString());

    /// <summary>The text without surrounding white space; null for objects, lists and the word <c>null</c>.</summary>
    public string? GetString()
    {
        if (!IsString() || _pieces.TrueForAll(piece => piece is HoconSubstitution { ResolvedValue: null }))
        {
            return null;
        }

        var text = string.Concat(_pieces.Select(piece => piece.GetString())).Trim();
        return text == "null" ? null : text;
    }

    /// <summary>The text as boolean: <c>on</c>, <c>off</c>, <c>true</c>, <c>false</c>.</summary>
    /// <exception cref="NotSupportedException">Any other text.</exception>
    public bool GetBoolean() => GetString() switch
    {
        "on" or "true" => true,
        "off" or "false" => false,
        var text => throw new NotSupportedException($"Unknown boolean format: {text}")
    };

    /// <summary>The text as decimal number.</summary>
    public decimal GetDecimal() => decimal.Parse(Text(), NumberFormatInfo.InvariantInfo);

    /// <summary>The text as single-precision number.</summary>
    public float GetFloat() => float.Parse(Text(), NumberFormatInfo.InvariantInfo);

    /// <summary>The text as double-precision number.</summary>
    public double GetDouble() => double.Parse(Text(), NumberFormatInfo.InvariantInfo);

    /// <summary>The text as 64-bit integer.</summary>
    public long GetLong() => long.Parse(Text(), NumberFormatInfo.InvariantInfo);

    /// <summary>The text as 32-bit integer.</summary>
    public int GetInt() => int.Parse(Text(), NumberFormatInfo.InvariantInfo);

    /// <summary>The text as byte.</summary>
    public byte GetByte() => byte.Parse(Text(), NumberFormatInfo.InvariantInfo);

    /// <summary>The text as duration; see <see cref="Config.GetTimeSpan"/>.</summary>
    public TimeSpan GetTimeSpan(bool allowInfinite = true) => HoconUnits.ParseDuration(Text(), allowInfinite);

    /// <summary>The text as number of bytes; see <see cref="Config.GetByteSize(string, long?)"/>.</summary>
    public long? GetByteSize()
    {
        var text = GetString();
        return string.IsNullOrEmpty(text) ? null : HoconUnits.ParseByteSize(text);
    }

    /// <summary>The elements as booleans.</summary>
    public IList<bool> GetBooleanList() => Each(value => value.GetBoolean());

    /// <summary>The elements as bytes.</summary>
    public IList<byte> GetByteList() => Each(value => value.GetByte());

    /// <summary>The elements as 32-bit integers.</summary>
    public IList<int> GetIntList() => Each(value => value.GetInt());

    /// <summary>The elements as 64-bit integers.</summary>
    public IList<long> GetLongList() => Each(value => value.GetLong());

    /// <summary>The elements as single-precision numbers.</summary>
    public IList<float> GetFloatList() => Each(value => value.GetFloat());

    /// <summary>The elements as double-precision numbers.</summary>
    public IList<double> GetDoubleList() => Each(value => value.GetDouble());

    /// <summary>The elements as decimal numbers.</summary>
    public IList<decimal> GetDecimalList() => Each(value => value.GetDecimal());

    /// <summary>The elements as texts.</summary>
    public IList<string> GetStringList() => Each(value => value.GetString()!);

    /// <summary>The value as the root of a configuration.</summary>
    public Config ToConfig() => new(new HoconRoot(this));

    /// <summary>The configuration in which this value stands under the given key.</summary>
    public Config AtKey(string key)
    {
        var wrapper = new HoconObject();
        wrapper.Items[key] = this;
        return new HoconValue(wrapper).ToConfig();
    }

    /// <inheritdoc/>
    public override string ToString() => ToString(0);

    /// <summary>The value as HOCON, indented by two spaces per level.</summary>
    public virtual string ToString(int indent)
    {
        if (GetObject() is { } @object)
        {
            return indent == 0
                ? @object.ToString(0)
                : $"{{\n{@object.ToString(indent)}{new string(' ', (indent - 1) * 2)}}}";
        }

        return _pieces.Exists(piece => piece.IsArray())
            ? "[" + string.Join(",", GetArray().Select(value => value.ToString(indent + 1))) + "]"
            : HoconText.QuoteValue(GetString());
    }

    /// <summary>Drops what was there, an object excepted: keys assigned again merge into it.</summary>
    internal void BeginAssignment()
    {
        if (!IsObject())
        {
            _pieces.Clear();
        }
    }

    internal void AppendText(HoconLiteral text)
    {
        // A text after an object overrides it.
        if (IsObject())
        {
            _pieces.Clear();
        }

        _pieces.Add(text);
    }

    internal HoconObject BecomeObject()
    {
        if (_pieces.Count == 1 && _pieces[0] is HoconObject existing)
        {
            return existing;
        }

        var created = new HoconObject();
        _pieces.Clear();
        _pieces.Add(created);
        return created;
    }

    private string Text() => GetString() ?? throw new FormatException("The value is null, or not a text.");

    private List<T> Each<T>(Func<HoconValue, T> read) => [.. GetArray().Select(read)];
}
