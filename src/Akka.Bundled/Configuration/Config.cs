using Akka.Configuration.Hocon;

namespace Akka.Configuration;

/// <summary>
/// Owns one immutable configuration tree: values of its own laid over those of its fallbacks. It never changes after
/// construction; every <c>With..</c> returns another instance.
/// </summary>
/// <remarks>
/// A missing key is not an error: it reads as the default argument, which is 0, <c>null</c>, <c>false</c>, an empty
/// list or <see cref="TimeSpan.Zero"/>. A key that is present but malformed is: <see cref="FormatException"/>, or
/// <see cref="NotSupportedException"/> for booleans.
/// </remarks>
public class Config
{
    /// <summary>A configuration without a single key.</summary>
    public static readonly Config Empty = ConfigurationFactory.Empty;

    private readonly HoconValue _own;

    /// <summary>Creates an empty configuration.</summary>
    public Config()
        : this(new HoconValue(new HoconObject()), new HoconValue(new HoconObject()))
    {
    }

    /// <summary>Creates the configuration of a parsed document.</summary>
    /// <exception cref="ArgumentNullException">The root or its value is null.</exception>
    public Config(HoconRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(root.Value, nameof(root));
        _own = root.Value;
        Root = root.Value;
    }

    private Config(HoconValue own, HoconValue merged)
    {
        _own = own;
        Root = merged;
    }

    /// <summary>The merged tree: own values laid over those of the fallbacks.</summary>
    public HoconValue Root { get; }

    /// <summary>Whether there is no key at all, the fallbacks' included.</summary>
    public virtual bool IsEmpty => Root.IsEmpty;

    /// <summary>Whether the path is present, be its value <c>null</c>.</summary>
    public virtual bool HasPath(string path) => Find(path) is not null;

    /// <summary>The value at the path, or null.</summary>
    public HoconValue? GetValue(string path) => Find(path);

    /// <summary>Reads <c>on</c>, <c>off</c>, <c>true</c> or <c>false</c>.</summary>
    /// <exception cref="NotSupportedException">Any other text, <c>yes</c> and <c>True</c> included.</exception>
    public virtual bool GetBoolean(string path, bool @default = false) => Find(path)?.GetBoolean() ?? @default;

    /// <summary>Reads a size in bytes; see <see cref="GetByteSize(string, long?)"/>.</summary>
    public virtual long? GetByteSize(string path) => GetByteSize(path, null);

    /// <summary>
    /// Reads a size in bytes: <c>k</c>, <c>KiB</c>, <c>m</c>, .. are powers of 1024, <c>kB</c>, <c>MB</c>, .. powers
    /// of 1000, <c>b</c> or nothing are bytes.
    /// </summary>
    /// <exception cref="FormatException">The unit is unknown or the number is not an integer.</exception>
    public virtual long? GetByteSize(string path, long? def = null)
    {
        var value = Find(path);
        return value is null ? def : value.GetByteSize();
    }

    /// <summary>Reads a 32-bit integer.</summary>
    public virtual int GetInt(string path, int @default = 0) => Find(path)?.GetInt() ?? @default;

    /// <summary>Reads a 64-bit integer.</summary>
    public virtual long GetLong(string path, long @default = 0) => Find(path)?.GetLong() ?? @default;

    /// <summary>Reads a text, without surrounding white space; <c>null</c> reads as null.</summary>
    public virtual string? GetString(string path, string? @default = null)
    {
        var value = Find(path);
        return value is null ? @default : value.GetString();
    }

    /// <summary>Reads a single-precision number.</summary>
    public virtual float GetFloat(string path, float @default = 0) => Find(path)?.GetFloat() ?? @default;

    /// <summary>Reads a decimal number.</summary>
    public virtual decimal GetDecimal(string path, decimal @default = 0) => Find(path)?.GetDecimal() ?? @default;

    /// <summary>Reads a double-precision number.</summary>
    public virtual double GetDouble(string path, double @default = 0) => Find(path)?.GetDouble() ?? @default;

    /// <summary>
    /// Reads a duration: a number with a unit from <c>ns</c> to <c>d</c>, a bare number of milliseconds, or
    /// <c>infinite</c> (<see cref="Timeout.InfiniteTimeSpan"/>) where allowed.
    /// </summary>
    /// <exception cref="FormatException">
    /// Anything else, <c>off</c> included: callers for whom <c>off</c> is legal test the text first.
    /// </exception>
    public virtual TimeSpan GetTimeSpan(string path, TimeSpan? @default = null, bool allowInfinite = true) =>
        Find(path)?.GetTimeSpan(allowInfinite) ?? @default.GetValueOrDefault();

    /// <summary>Reads a list of booleans.</summary>
    public virtual IList<bool> GetBooleanList(string path) => Find(path)?.GetBooleanList() ?? [];

    /// <summary>Reads a list of decimal numbers.</summary>
    public virtual IList<decimal> GetDecimalList(string path) => Find(path)?.GetDecimalList() ?? [];

    /// <summary>Reads a list of single-precision numbers.</summary>
    public virtual IList<float> GetFloatList(string path) => Find(path)?.GetFloatList() ?? [];

    /// <summary>Reads a list of double-precision numbers.</summary>
    public virtual IList<double> GetDoubleList(string path) => Find(path)?.GetDoubleList() ?? [];

    /// <summary>Reads a list of 32-bit integers.</summary>
    public virtual IList<int> GetIntList(string path) => Find(path)?.GetIntList() ?? [];

    /// <summary>Reads a list of 64-bit integers.</summary>
    public virtual IList<long> GetLongList(string path) => Find(path)?.GetLongList() ?? [];

    /// <summary>Reads a list of bytes.</summary>
    public virtual IList<byte> GetByteList(string path) => Find(path)?.GetByteList() ?? [];

    /// <summary>Reads a list of texts.</summary>
    public virtual IList<string> GetStringList(string path) => Find(path)?.GetStringList() ?? [];

    /// <summary>Reads a list of texts, or the given one when the path is missing.</summary>
    public virtual IList<string> GetStringList(string path, string[] defaultPaths) =>
        Find(path)?.GetStringList() ?? defaultPaths;

    /// <summary>The configuration below the path, or null when the path is missing.</summary>
    public virtual Config? GetConfig(string path)
    {
        var value = Find(path);
        return value is null ? null : new Config(new HoconRoot(value));
    }

    /// <summary>
    /// Lays this configuration over another: values of this one win, objects merge key by key, arrays are replaced.
    /// </summary>
    /// <exception cref="ArgumentException">The fallback is this very instance.</exception>
    public virtual Config WithFallback(Config fallback)
    {
        if (ReferenceEquals(fallback, this))
        {
            throw new ArgumentException("Config can not have itself as fallback", nameof(fallback));
        }

        if (fallback is null)
        {
            return this;
        }

        if (IsEmpty)
        {
            return fallback;
        }

        if (fallback.IsEmpty || fallback.Root.GetObject() is not { } below || Root.GetObject() is not { } above)
        {
            return this;
        }

        return new Config(_own, new HoconValue(HoconObject.Merge(above, below)));
    }

    /// <summary>The top-level keys with their values.</summary>
    public virtual IEnumerable<KeyValuePair<string, HoconValue>> AsEnumerable() =>
        Root.GetObject()?.Items ?? Enumerable.Empty<KeyValuePair<string, HoconValue>>();

    /// <summary>This configuration's own values as HOCON, without its fallbacks.</summary>
    public override string ToString() => ToString(includeFallback: false);

    /// <summary>The configuration as HOCON.</summary>
    public string ToString(bool includeFallback) => (includeFallback ? Root : _own).ToString();

    /// <summary>Lays a configuration over HOCON text.</summary>
    public static Config operator +(Config config, string fallback) =>
        config.WithFallback(ConfigurationFactory.ParseString(fallback));

    /// <summary>Lays HOCON text over a configuration.</summary>
    public static Config operator +(string configHocon, Config fallbackConfig) =>
        ConfigurationFactory.ParseString(configHocon).WithFallback(fallbackConfig);

    /// <summary>Parses HOCON text.</summary>
    public static implicit operator Config(string str) => ConfigurationFactory.ParseString(str);

    private HoconValue? Find(string path)
    {
        HoconValue? node = Root;
        foreach (var key in HoconPath.Split(path))
        {
            node = node.GetObject()?.GetKey(key);
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }
}
