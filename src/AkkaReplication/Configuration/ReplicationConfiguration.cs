using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace AkkaReplication.Configuration;

/// <summary>
/// Turns HOCON into <see cref="ReplicationSettings"/> and refuses whatever it does not understand: an unknown key, a
/// value
/// out of range, a brace left open. It never falls back on a default in silence for a key that was written down.
/// </summary>
public static class ReplicationConfiguration
{
    /// <summary>The section all settings stand in.</summary>
    public const string Section = "akka-replication";

    /// <summary>
    /// What stands in our section for the actor runtime to read: definitions of dispatchers and plugins, in Akka's
    /// terms.
    /// </summary>
    private static readonly string[] ReadByTheRuntime = ["dispatchers", "metadata-journal"];

    /// <summary>
    /// Reads a text of its own, where only the sections <c>akka-replication</c> and <c>akka</c> may stand at the top.
    /// For a host's configuration that holds more, use <see cref="From"/>.
    /// </summary>
    /// <param name="text">HOCON.</param>
    /// <param name="sourceName">What errors call it: the file's name.</param>
    /// <param name="baseline">What holds where the text says nothing; the defaults when null.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG, in one line with key, file, line, value and what is
    /// accepted.</exception>
    public static ReplicationSettings Parse(string text, string sourceName, ReplicationSettings? baseline = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentException.ThrowIfNullOrEmpty(sourceName);

        var source = new HoconSource(text, sourceName);
        if (source.Problem is { } problem)
            throw Invalid($"{sourceName}:{problem.Line}: {problem.What}");

        var config = ParseHocon(text, sourceName);
        foreach (var (key, _) in config.AsEnumerable())
        {
            if (key == Section || key == "akka")
                continue;

            var hint = SettingsTable.All.Any(
                setting => setting.Key == key || setting.Key.StartsWith(key + ".", StringComparison.Ordinal))
                ? $"settings stand inside {Section} {{ }}"
                : DidYouMean(key, [Section, "akka"]);
            throw Invalid($"{source.Locate(key)}: unknown section '{key}'; {hint}");
        }

        return Read(config, source, baseline ?? new ReplicationSettings());
    }

    /// <summary>
    /// Reads the section <c>akka-replication</c> of a configuration, which may hold anything else beside it.
    /// </summary>
    /// <param name="config">A host's configuration, for instance <c>system.Settings.Config</c>.</param>
    /// <param name="sourceName">What errors call it.</param>
    /// <param name="baseline">What holds where the configuration says nothing; the defaults when null.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG, in one line with key, value and what is
    /// accepted.</exception>
    public static ReplicationSettings From(
        Config config, string sourceName = "configuration", ReplicationSettings? baseline = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Read(config, new HoconSource("", sourceName), baseline ?? new ReplicationSettings());
    }

    /// <summary>Checks settings made in code by the rules that HOCON is checked by.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming property, key, value and what is
    /// accepted.</exception>
    public static void Validate(ReplicationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        Check(settings, setting => $"{nameof(ReplicationSettings)}.{setting.Property}", null);
    }

    /// <summary>
    /// Every setting's key and value, as they could be written in HOCON, in the order of the reference.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Describe(ReplicationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return SettingsTable.All.Select(setting => KeyValuePair.Create(setting.Key, setting.Show(settings))).ToList();
    }

    /// <summary>Lays settings over others, the later ones winning.</summary>
    internal static ReplicationSettings With(ReplicationSettings settings, IEnumerable<WrittenSetting> changes)
    {
        var written = new Dictionary<string, WrittenSetting>();
        foreach (var change in changes)
        {
            settings = Read(change.Key, change.Value.Trim(), Subject(change), settings);
            written[change.Key] = change;
        }

        if (written.Count > 0)
        {
            Check(
                settings,
                setting => $"{written.GetValueOrDefault(setting.Key)?.Where ?? nameof(ReplicationSettings)}: ",
                written.ToDictionary(pair => pair.Key, pair => pair.Value.Value));
        }

        return settings;
    }

    /// <summary>Refuses a key that does not exist and a text that is no value of it; ranges are not looked at.</summary>
    internal static void CheckReadable(WrittenSetting written) =>
        Read(written.Key, written.Value.Trim(), Subject(written), new ReplicationSettings());

    private static string Subject(WrittenSetting written) => $"{written.Where}: {written.Key} = {written.Value}";

    private static ReplicationSettings Read(string key, string? text, string subject, ReplicationSettings settings)
    {
        var setting = SettingsTable.Find(key)
            ?? throw Invalid($"{subject}: unknown key; {DidYouMean(key, SettingsTable.All.Select(s => s.Key))}");
        return text is not null && setting.TryRead(text, settings, out var result)
            ? result
            : throw Invalid($"{subject}; accepted is {setting.Accepts}");
    }

    private static ReplicationSettings Read(Config config, HoconSource source, ReplicationSettings baseline)
    {
        var section = config.HasPath(Section) ? config.GetConfig(Section) : null;
        if (section is null)
            return baseline;

        var settings = baseline;
        var written = new Dictionary<string, string>();
        foreach (var (key, value) in LeavesOf(section, ""))
        {
            var subject = $"{source.Locate($"{Section}.{key}")}: {Section}.{key} = {Shown(value)}";
            var text = value.GetString()?.Trim();
            settings = Read(key, text, subject, settings);
            if (!written.TryAdd(key, text!))
                throw Invalid($"{subject}: stands twice, once in quotes");
        }

        Check(settings, setting => $"{source.Locate($"{Section}.{setting.Key}")}: {Section}.", written);
        return settings;
    }

    /// <param name="where">Where a setting stands, as the beginning of a sentence.</param>
    /// <param name="written">The values as they were written, or null when they were set in code.</param>
    private static void Check(
        ReplicationSettings settings, Func<Setting, string> where, Dictionary<string, string>? written)
    {
        foreach (var setting in SettingsTable.All)
        {
            if (!setting.IsInRange(settings))
                throw Invalid($"{Subject(setting, setting)}; accepted is {setting.Accepts}");
        }

        foreach (var rule in SettingsTable.Rules)
        {
            if (rule.Holds(settings))
                continue;

            // Whoever broke the rule wrote one of the two; that is the line to show.
            var subject = SettingsTable.Find(rule.Key)!;
            var place = written is null || written.ContainsKey(rule.Key) ? subject : SettingsTable.Find(rule.Other)!;
            throw Invalid($"{Subject(subject, place)}; accepted is {rule.Accepts(settings)}");
        }

        string Subject(Setting setting, Setting place) => written is null
            ? $"{where(place)} ({setting.Key}) = {setting.Show(settings)}"
            : $"{where(place)}{setting.Key} = {written.GetValueOrDefault(setting.Key, setting.Show(settings))}";
    }

    private static Config ParseHocon(string text, string sourceName)
    {
        try
        {
            return ConfigurationFactory.ParseString(text);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The two runtimes throw different types here; what they have in common is the message.
            var reason = e.Message.ReplaceLineEndings(" ");
            throw new ReplicationException(
                ErrorCode.InvalidConfig, $"{sourceName}: not readable as HOCON: {reason}", e);
        }
    }

    /// <summary>The full keys below the section, whether written with dots, with braces or in quotes.</summary>
    private static IEnumerable<(string Key, HoconValue Value)> LeavesOf(Config section, string prefix)
    {
        foreach (var (key, value) in section.AsEnumerable())
        {
            var path = prefix + key;
            if (ReadByTheRuntime.Contains(path))
                continue;
            if (value.IsObject())
            {
                foreach (var leaf in LeavesOf(value.ToConfig(), path + "."))
                    yield return leaf;
            }
            else
            {
                yield return (path, value);
            }
        }
    }

    private static string Shown(HoconValue value) =>
        (value.GetString() ?? value.ToString()).ReplaceLineEndings(" ").Trim();

    internal static string DidYouMean(
        string key, IEnumerable<string> known, string otherwise = "every setting stands in hocon/reference.conf")
    {
        var (nearest, distance) = known
            .Select(candidate => (candidate, Distance: EditDistance(key, candidate)))
            .MinBy(pair => pair.Distance);
        return distance <= Math.Max(3, nearest.Length / 3)
            ? $"did you mean '{nearest}'?"
            : otherwise;
    }

    private static int EditDistance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }

    private static ReplicationException Invalid(string message) => new(ErrorCode.InvalidConfig, message);
}
