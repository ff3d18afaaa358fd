using System.Diagnostics.CodeAnalysis;

namespace AkkaReplication.Kafka.Clients;

/// <summary>
/// Topics' names and ids, as brokers have told them: clients speak of topics by their ids, most of Kafka's requests by their
/// names. Where brokers know no ids (below Kafka 2.8) they are made up here and hold as long as the client. Any thread.
/// </summary>
internal sealed class TopicDirectory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (TopicId Id, bool IsReal)> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<TopicId, string> _byId = [];

    /// <summary>A broker knows a topic of that name.</summary>
    /// <param name="told">None where the broker knows no ids.</param>
    /// <returns>The id by which clients know it. A topic that was made anew has another than before.</returns>
    public TopicId Learn(string name, TopicId told)
    {
        lock (_gate)
        {
            var isKnown = _byName.TryGetValue(name, out var known);
            var isReal = told != TopicId.None;
            if (isKnown && (!isReal || known.Id == told))
                return known.Id;

            // Nobody shall write under the name what was meant for the topic that was there before.
            if (isKnown)
                _byId.Remove(known.Id);
            var id = isReal ? told : new TopicId(Guid.NewGuid());
            _byName[name] = (id, isReal);
            _byId[id] = name;
            return id;
        }
    }

    /// <summary>The name of the topic with that id; false where there is none any more.</summary>
    /// <param name="isReal">Whether the brokers know the id, too.</param>
    public bool TryFind(TopicId id, [NotNullWhen(true)] out string? name, out bool isReal)
    {
        lock (_gate)
        {
            isReal = _byId.TryGetValue(id, out name) && _byName[name].IsReal;
            return name is not null;
        }
    }
}
