using System.Collections.Immutable;
using Akka.Configuration;
using AkkaReplication.Configuration;
using AkkaReplication.Links;
using AkkaReplication.Listeners;
using AkkaReplication.Storage.Files;

namespace AkkaReplication;

/// <summary>
/// What an embedded cluster is made of. Read once, when the cluster starts; changes after that have no effect.
/// <para>A setting of the brokers is taken from, the later one winning: the defaults (hocon/reference.conf); the section
/// <c>akka-replication</c> of an actor system that exists already; <see cref="Settings"/>, which replaces both;
/// <see cref="HoconFile"/>; <see cref="Hocon"/>; <see cref="Set(string, string)"/>.</para>
/// </summary>
public sealed class EmbeddedClusterOptions
{
    private List<WrittenSetting> _written = [];

    /// <summary>The cluster's name in its actor system: letters, digits, '-' and '_'. Clusters in one system differ in it.</summary>
    public string Name { get; set; } = "embedded";

    /// <summary>How many brokers; their ids are 1, 2, ... 1 to 1000.</summary>
    public int Brokers { get; set; } = 3;

    /// <summary>
    /// Where everything is kept: one directory per broker (broker-1, ...) and one for the controller. Needed. A relative
    /// path is relative to the current directory, in a generic host to the content root.
    /// </summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>
    /// How many log directories each broker has (Kafka's log.dirs, JBOD). 1 to 100. Below <see cref="DataDirectory"/>:
    /// broker-1, broker-1-dir-2, broker-1-dir-3, ... A new partition goes to the directory with the fewest. Each has threads
    /// of its own, so a disk that hangs stalls only the partitions on it. One may be added at a restart; one that is taken
    /// away takes its replicas along, and they are copied anew from the others.
    /// </summary>
    public int LogDirsPerBroker { get; set; } = 1;

    /// <summary>
    /// The log directories of brokers that keep their logs elsewhere, on disks of their own for instance, in place of those
    /// that <see cref="LogDirsPerBroker"/> gives them. No directory twice, and none within another.
    /// </summary>
    public IReadOnlyDictionary<BrokerId, IReadOnlyList<string>> LogDirs { get; set; } =
        ImmutableSortedDictionary<BrokerId, IReadOnlyList<string>>.Empty;

    /// <summary>
    /// Whether an empty data directory may become a new cluster (our rule Q8: never by accident). Even so it is refused
    /// where any broker's directory already belongs to a cluster.
    /// </summary>
    public bool FormatEmptyDirectory { get; set; } = true;

    /// <summary>Racks of brokers that have one: replicas of a partition are spread over them.</summary>
    public IReadOnlyDictionary<BrokerId, string> Racks { get; set; } = ImmutableSortedDictionary<BrokerId, string>.Empty;

    /// <summary>
    /// Settings of every broker and of the controller, or null for those of the actor system's configuration and the
    /// defaults.
    /// </summary>
    public ReplicationSettings? Settings { get; set; }

    /// <summary>A file of HOCON with settings in <c>akka-replication { }</c>; see <see cref="Hocon"/>.</summary>
    public string? HoconFile { get; set; }

    /// <summary>
    /// HOCON with settings in <c>akka-replication { }</c>, as in hocon/reference.conf. What stands in it for the actor
    /// runtime (<c>akka { }</c>, dispatchers) counts only where the cluster has an actor system of its own.
    /// </summary>
    public string? Hocon { get; set; }

    /// <summary>Whether StartAsync starts the brokers and waits for them; otherwise they are started one by one.</summary>
    public bool StartBrokers { get; set; } = true;

    /// <summary>How long StartAsync and StartBrokerAsync wait for a broker to be unfenced. More than zero.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What everything is kept in; another one in tests of failing disks.</summary>
    internal IFileSystem Files { get; set; } = PhysicalFileSystem.Instance;

    /// <summary>
    /// What carries the messages between brokers and between them and the controller, or null for
    /// <see cref="EmbeddedCluster.Network"/>; another one in tests of failing networks.
    /// </summary>
    internal IPeerCarrier? Carrier { get; set; }

    /// <summary>How clients outside of this process reach the brokers, or null where they do not.</summary>
    internal IClientListener? Listener { get; set; }

    /// <summary>Sets one setting by its Kafka name, such as <c>replica.lag.time.max.ms</c>, as it is written in HOCON.</summary>
    /// <exception cref="ReplicationException">INVALID_CONFIG: there is no such setting, or the text is no value of
    /// it. (Ranges are checked at the start.)</exception>
    public void Set(string key, string value) => Set(new WrittenSetting(key, value, nameof(EmbeddedClusterOptions)));

    internal void Set(WrittenSetting written)
    {
        ArgumentNullException.ThrowIfNull(written.Key);
        ArgumentNullException.ThrowIfNull(written.Value);
        ReplicationConfiguration.CheckReadable(written);
        _written.Add(written);
    }

    /// <summary>
    /// A checked copy that nobody else can change: every setting decided, every path absolute.
    /// </summary>
    /// <param name="host">The configuration of the actor system that exists already, or null.</param>
    /// <param name="root">What relative paths are relative to; the current directory when null.</param>
    /// <exception cref="ReplicationException">INVALID_CONFIG, naming the option, its value and what is
    /// accepted.</exception>
    internal EmbeddedClusterOptions Resolve(Config? host = null, string? root = null)
    {
        EmbeddedClusterValidation.Check(this);
        root ??= Environment.CurrentDirectory;
        var copy = (EmbeddedClusterOptions)MemberwiseClone();
        copy._written = [];
        copy.DataDirectory = Path.GetFullPath(DataDirectory, root);
        copy.HoconFile = HoconFile is null ? null : Path.GetFullPath(HoconFile, root);
        copy.Racks = Racks.ToImmutableSortedDictionary();
        copy.LogDirs = LogDirs.ToImmutableSortedDictionary(
            dirs => dirs.Key, IReadOnlyList<string> (dirs) => [.. dirs.Value.Select(dir => Path.GetFullPath(dir, root))]);
        EmbeddedClusterValidation.CheckLogDirs(copy);
        copy.Settings = ReplicationConfiguration.With(copy.SettingsWithHocon(host), _written);
        ReplicationConfiguration.Validate(copy.Settings);
        return copy;
    }

    /// <summary>Where a broker's logs are.</summary>
    internal ImmutableArray<string> LogDirsOf(BrokerId broker)
    {
        if (LogDirs.TryGetValue(broker, out var dirs))
            return [.. dirs];
        var first = Path.Combine(DataDirectory, ReplicationPaths.BrokerName(broker));
        return [first, .. Enumerable.Range(2, LogDirsPerBroker - 1).Select(number => $"{first}-dir-{number}")];
    }

    internal IReadOnlyList<BrokerId> BrokerIds => [.. Enumerable.Range(1, Brokers).Select(id => new BrokerId(id))];

    /// <summary>The configuration of an actor system of the cluster's own: the HOCON given here over another one.</summary>
    internal Config RuntimeConfiguration(Config config)
    {
        foreach (var (text, _) in HoconTexts())
            config = ConfigurationFactory.ParseString(text).WithFallback(config);
        return config;
    }

    private ReplicationSettings SettingsWithHocon(Config? host)
    {
        var settings = Settings ?? new ReplicationSettings();
        if (Settings is null && host is not null)
            settings = ReplicationConfiguration.From(host, "the actor system's configuration");
        foreach (var (text, source) in HoconTexts())
            settings = ReplicationConfiguration.Parse(text, source, settings);
        return settings;
    }

    private IEnumerable<(string Text, string Source)> HoconTexts()
    {
        if (HoconFile is not null)
            yield return (ReadHoconFile(HoconFile), HoconFile);
        if (Hocon is not null)
            yield return (Hocon, nameof(Hocon));
    }

    private static string ReadHoconFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplicationException(
                ErrorCode.InvalidConfig, $"{nameof(HoconFile)} is '{path}', which cannot be read: {e.Message}", e);
        }
    }
}
