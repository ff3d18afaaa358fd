namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>A file, or a directory with the names in it.</summary>
/// <param name="content">Null for a directory.</param>
internal sealed class SimulatedNode(SimulatedContent? content)
{
    // In ordinal order.
    private readonly List<KeyValuePair<string, SimulatedNode>> _children = [];

    public SimulatedContent? Content { get; } = content;

    public SimulatedNode? Find(ReadOnlySpan<char> name)
    {
        var index = IndexOf(name);
        return index >= 0 ? _children[index].Value : null;
    }

    public void Add(string name, SimulatedNode node)
    {
        var index = IndexOf(name);
        if (index >= 0)
            _children[index] = KeyValuePair.Create(name, node);
        else
            _children.Insert(~index, KeyValuePair.Create(name, node));
    }

    public void Remove(string name)
    {
        var index = IndexOf(name);
        if (index >= 0)
            _children.RemoveAt(index);
    }

    /// <summary>The names of the files, or of the directories, in order.</summary>
    public List<string> Names(bool ofFiles)
    {
        var names = new List<string>(_children.Count);
        foreach (var (name, node) in _children)
        {
            if (node.Content is not null == ofFiles)
                names.Add(name);
        }

        return names;
    }

    /// <summary>The contents of all files in and below the directory, in order.</summary>
    public void AddContents(List<SimulatedContent> contents)
    {
        if (Content is not null)
            contents.Add(Content);
        foreach (var (_, node) in _children)
            node.AddContents(contents);
    }

    /// <summary>Where a name is, or the complement of where it belongs.</summary>
    private int IndexOf(ReadOnlySpan<char> name)
    {
        int low = 0, high = _children.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _children[middle].Key.AsSpan().SequenceCompareTo(name);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }
}
