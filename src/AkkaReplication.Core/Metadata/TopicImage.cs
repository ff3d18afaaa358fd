using System.Collections.Immutable;

namespace AkkaReplication.Metadata;

/// <summary>A topic as the metadata log has it up to some offset; immutable.</summary>
/// <param name="Partitions">Partition n stands at index n.</param>
/// <param name="Configs">What was set, under Kafka's names; everything else has its default.</param>
/// <param name="Settings"><paramref name="Configs"/>, read.</param>
public sealed record TopicImage(
    string Name,
    TopicId Id,
    ImmutableList<PartitionRegistration> Partitions,
    ImmutableSortedDictionary<string, string> Configs,
    TopicSettings Settings)
{
    internal static readonly ImmutableSortedDictionary<string, string> NoConfigs =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Whether it has a partition of that number.</summary>
    public bool HasPartition(int partition) => partition >= 0 && partition < Partitions.Count;

    internal static TopicImage Create(string name, TopicId id) =>
        new(name, id, [], NoConfigs, TopicSettings.Default);

    internal TopicImage WithConfig(string name, string? value)
    {
        var configs = value is null ? Configs.Remove(name) : Configs.SetItem(name, value);
        return this with { Configs = configs, Settings = TopicConfigs.Parse(configs) };
    }
}
