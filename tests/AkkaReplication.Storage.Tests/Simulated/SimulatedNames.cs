namespace AkkaReplication.Storage.Tests.Simulated;

/// <summary>
/// The tree of names, and the changes in it that are not flushed: file systems journal names in order, so that a crash undoes
/// the newest ones.
/// </summary>
internal sealed class SimulatedNames
{
    private readonly SimulatedNode _root = new(content: null);
    private readonly List<Change> _unflushed = [];

    public SimulatedNode? Find(string path)
    {
        var node = _root;
        var rest = path.AsSpan().Trim('/');
        while (!rest.IsEmpty && node is not null)
        {
            var slash = rest.IndexOf('/');
            node = node.Find(slash < 0 ? rest : rest[..slash]);
            rest = slash < 0 ? [] : rest[(slash + 1)..];
        }

        return node;
    }

    public SimulatedNode? FindFile(string path) => Find(path) is { Content: not null } file ? file : null;

    public SimulatedNode? FindDirectory(string path) => Find(path) is { Content: null } directory ? directory : null;

    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public SimulatedNode RequireDirectory(string path) =>
        FindDirectory(path) ?? throw new DirectoryNotFoundException($"{path} does not exist.");

    public static string ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }

    public void Create(string path, SimulatedNode node) =>
        Apply(new Change(RequireDirectory(ParentOf(path)), NameOf(path), null, "", node, null));

    public void Remove(string path, SimulatedNode node) =>
        Apply(new Change(null, "", RequireDirectory(ParentOf(path)), NameOf(path), node, null));

    public void Rename(string from, string to, SimulatedNode node) => Apply(new Change(
        RequireDirectory(ParentOf(to)), NameOf(to), RequireDirectory(ParentOf(from)), NameOf(from), node, Find(to)));

    /// <summary>What was done in a directory is durable, and with it all that was done before.</summary>
    public void Flush(SimulatedNode directory)
    {
        var last = _unflushed.Count - 1;
        while (last >= 0 && _unflushed[last].Into != directory && _unflushed[last].From != directory)
            last--;
        _unflushed.RemoveRange(0, last + 1);
    }

    /// <summary>Undoes the newest changes that were not flushed, as many as chance has it. Whether there were any.</summary>
    public bool Crash(Random random)
    {
        if (_unflushed.Count == 0)
            return false;

        var kept = random.Next(_unflushed.Count + 1);
        var isOther = kept < _unflushed.Count;
        for (var i = _unflushed.Count - 1; i >= kept; i--)
            Undo(_unflushed[i]);
        _unflushed.Clear();
        return isOther;
    }

    public List<SimulatedContent> Contents()
    {
        var contents = new List<SimulatedContent>();
        _root.AddContents(contents);
        return contents;
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private void Apply(in Change change)
    {
        change.From?.Remove(change.OldName);
        change.Into?.Add(change.NewName, change.Node);
        _unflushed.Add(change);
    }

    private static void Undo(in Change change)
    {
        change.Into?.Remove(change.NewName);
        if (change.Replaced is not null)
            change.Into?.Add(change.NewName, change.Replaced);
        change.From?.Add(change.OldName, change.Node);
    }

    /// <summary>A creation (Into), a removal (From), or a renaming (both).</summary>
    private readonly record struct Change(
        SimulatedNode? Into, string NewName, SimulatedNode? From, string OldName, SimulatedNode Node, SimulatedNode? Replaced);
}
