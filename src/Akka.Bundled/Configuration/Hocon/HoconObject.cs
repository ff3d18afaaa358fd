using System.Text;

namespace Akka.Configuration.Hocon;

/// <summary>A piece that is a map of keys to values.</summary>
public class HoconObject : IHoconElement
{
    /// <summary>Creates an object without keys.</summary>
    public HoconObject()
    {
        Items = new Dictionary<string, HoconValue>(StringComparer.Ordinal);
    }

    private HoconObject(Dictionary<string, HoconValue> items)
    {
        Items = items;
    }

    /// <summary>The keys with their values.</summary>
    public Dictionary<string, HoconValue> Items { get; }

    /// <inheritdoc/>
    public bool IsString() => false;

    /// <inheritdoc/>
    public string GetString() => throw new NotImplementedException("This element is an object, not text.");

    /// <inheritdoc/>
    public bool IsArray() => false;

    /// <inheritdoc/>
    public IList<HoconValue> GetArray() =>
        throw new NotImplementedException("This element is an object, not an array.");

    /// <summary>The value of the key, or null.</summary>
    public HoconValue? GetKey(string key) => Items.GetValueOrDefault(key);

    /// <summary>The value of the key, which is added without content when it is missing.</summary>
    public HoconValue GetOrCreateKey(string key)
    {
        if (!Items.TryGetValue(key, out var value))
        {
            value = new HoconValue();
            Items.Add(key, value);
        }

        return value;
    }

    /// <summary>Puts the other object's values over those of this one; objects on both sides are merged.</summary>
    public void Merge(HoconObject other)
    {
        foreach (var (key, value) in Merge(other, this).Items)
        {
            Items[key] = value;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => ToString(0);

    /// <summary>The keys and values as HOCON, indented by two spaces per level.</summary>
    public string ToString(int indent)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in Items)
        {
            text.Append(' ', indent * 2).Append(HoconText.QuoteKey(key)).Append(" : ")
                .Append(value.ToString(indent + 1)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A new object: <paramref name="above"/> wins, objects merge deep, everything else is replaced.</summary>
    internal static HoconObject Merge(HoconObject above, HoconObject below)
    {
        var items = new Dictionary<string, HoconValue>(below.Items, StringComparer.Ordinal);
        foreach (var (key, value) in above.Items)
        {
            items[key] = value.GetObject() is { } upper
                && items.TryGetValue(key, out var under) && under.GetObject() is { } lower
                ? new HoconValue(Merge(upper, lower))
                : value;
        }

        return new HoconObject(items);
    }
}
