using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Akka.Util;

namespace Akka.Actor;

/// <summary>
/// The place of an actor in the hierarchy of its system, and the uid of its incarnation. Immutable. Two paths are equal
/// when address and names are; the uid is compared by references only.
/// </summary>
public abstract class ActorPath : IEquatable<ActorPath>, IComparable<ActorPath>, ISurrogated
{
    /// <summary>What a name may contain besides ASCII letters, digits and %-escapes.</summary>
    public const string ValidSymbols = "\"-_.*$+:@&=,!~';()";

    private string? _text;

    /// <summary>The root of <paramref name="address"/>.</summary>
    protected ActorPath(Address address, string name)
    {
        Address = address;
        Name = name;
        Parent = this;
        Root = this;
    }

    /// <summary>A child of <paramref name="parentPath"/>.</summary>
    protected ActorPath(ActorPath parentPath, string name, long uid)
    {
        Parent = parentPath;
        Address = parentPath.Address;
        Root = parentPath.Root;
        Depth = parentPath.Depth + 1;
        Name = name;
        Uid = uid;
    }

    /// <summary>The last element; empty for a root.</summary>
    public string Name { get; }

    /// <summary>The path of the supervisor; a root is its own parent.</summary>
    public ActorPath Parent { get; }

    /// <summary>The path's beginning.</summary>
    public ActorPath Root { get; }

    /// <summary>The system this path belongs to.</summary>
    public Address Address { get; }

    /// <summary>Tells incarnations apart; 0 when unknown.</summary>
    public long Uid { get; }

    /// <summary>The number of elements; 0 for a root.</summary>
    public int Depth { get; }

    /// <summary>The names from the root downwards.</summary>
    public IReadOnlyList<string> Elements
    {
        get
        {
            var names = new string[Depth];
            var path = this;
            for (var i = Depth - 1; i >= 0; i--, path = path.Parent)
            {
                names[i] = path.Name;
            }

            return names;
        }
    }

    /// <summary>The path of a child.</summary>
    public ActorPath Child(string childName) => this / childName;

    /// <summary>
    /// The ancestor at <paramref name="depth"/>, counted from the root, or from here upwards when negative.
    /// </summary>
    public ActorPath ParentOf(int depth)
    {
        var path = this;
        var steps = depth >= 0 ? Depth - depth : -depth;
        for (; steps > 0 && path.Depth > 0; steps--)
        {
            path = path.Parent;
        }

        return path;
    }

    /// <summary>This path with another uid.</summary>
    public ActorPath WithUid(long uid) => Depth == 0 || uid == Uid ? this : new ChildActorPath(Parent, Name, uid);

    /// <summary>The names alone: <c>/user/a</c>.</summary>
    public string ToStringWithoutAddress()
    {
        if (Depth == 0)
        {
            return "/";
        }

        var text = new StringBuilder();
        AppendNames(text);
        return text.ToString();
    }

    /// <summary>Address and names: <c>akka://system/user/a</c>.</summary>
    public override string ToString() => _text ??= Render(Address);

    /// <summary>Address and names.</summary>
    public string ToStringWithAddress() => ToString();

    /// <summary>Names below <paramref name="address"/>, unless this path has a host of its own.</summary>
    public string ToStringWithAddress(Address address) =>
        Address.HasGlobalScope || Address == address ? ToString() : Render(address);

    /// <summary>Address, names and uid.</summary>
    public string ToStringWithUid() => AppendUid(ToString());

    /// <summary>Address, names and uid: what identifies this incarnation within the process.</summary>
    public string ToSerializationFormat() => AppendUid(ToString());

    /// <summary>
    /// As <see cref="ToSerializationFormat"/>, below <paramref name="address"/> unless this path has a host.
    /// </summary>
    public string ToSerializationFormatWithAddress(Address address) => AppendUid(ToStringWithAddress(address));

    /// <inheritdoc/>
    public bool Equals(ActorPath? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || Depth != other.Depth)
        {
            return false;
        }

        ActorPath a = this, b = other;
        for (; a.Depth > 0; a = a.Parent, b = b.Parent)
        {
            if (ReferenceEquals(a, b))
            {
                return true;
            }

            if (!string.Equals(a.Name, b.Name, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return a.Address == b.Address;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ActorPath);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        var path = this;
        for (; path.Depth > 0; path = path.Parent)
        {
            hash.Add(string.GetHashCode(path.Name, StringComparison.Ordinal));
        }

        hash.Add(path.Address);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public int CompareTo(ActorPath? other)
    {
        if (other is null)
        {
            return 1;
        }

        var byAddress = Address.CompareTo(other.Address);
        if (byAddress != 0)
        {
            return byAddress;
        }

        var mine = Elements;
        var theirs = other.Elements;
        for (var i = 0; i < mine.Count && i < theirs.Count; i++)
        {
            var byName = string.CompareOrdinal(mine[i], theirs[i]);
            if (byName != 0)
            {
                return byName;
            }
        }

        return mine.Count.CompareTo(theirs.Count);
    }

    /// <inheritdoc/>
    public ISurrogate ToSurrogate(ActorSystem system) => new Surrogate(ToSerializationFormat());

    /// <summary>Joins names by slashes, with a leading one.</summary>
    public static string FormatPathElements(IEnumerable<string> pathElements) => "/" + string.Join('/', pathElements);

    /// <summary>
    /// True for a name an actor may have: see <see cref="ValidSymbols"/>; not empty, not beginning with <c>$</c>.
    /// </summary>
    public static bool IsValidPathElement(string s)
    {
        if (string.IsNullOrEmpty(s) || s[0] == '$')
        {
            return false;
        }

        for (var i = 0; i < s.Length; i++)
        {
            var c = s[i];
            if (c == '%')
            {
                if (i + 2 >= s.Length || !char.IsAsciiHexDigit(s[i + 1]) || !char.IsAsciiHexDigit(s[i + 2]))
                {
                    return false;
                }

                i += 2;
            }
            else if (!char.IsAsciiLetterOrDigit(c) && !ValidSymbols.Contains(c))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads <c>protocol://system[@host:port]/names[#uid]</c>.</summary>
    /// <exception cref="UriFormatException">It is not a path.</exception>
    public static ActorPath Parse(string path) =>
        TryParse(path, out var parsed)
            ? parsed
            : throw new UriFormatException($"'{path}' is not the path of an actor.");

    /// <summary>Reads <c>protocol://system[@host:port]/names[#uid]</c>.</summary>
    public static bool TryParse(string path, [NotNullWhen(true)] out ActorPath? actorPath)
    {
        actorPath = null;
        return Address.TryParse(path, out var address, out var names)
            && TryParse(new RootActorPath(address), names, out actorPath);
    }

    /// <summary>Reads names, with an optional uid, below <paramref name="basePath"/>.</summary>
    public static bool TryParse(ActorPath basePath, string absoluteUri, [NotNullWhen(true)] out ActorPath? actorPath)
    {
        actorPath = null;
        var names = absoluteUri.AsSpan();
        long uid = 0;
        var fragment = names.LastIndexOf('#');
        if (fragment >= 0)
        {
            var digits = names[(fragment + 1)..];
            if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out uid))
            {
                return false;
            }

            names = names[..fragment];
        }

        var path = basePath;
        foreach (var range in names.Split('/'))
        {
            var name = names[range];
            if (!name.IsEmpty)
            {
                path = new ChildActorPath(path, name.ToString(), 0);
            }
        }

        actorPath = path.WithUid(uid);
        return true;
    }

    /// <summary>Reads the address in front of a path.</summary>
    public static bool TryParseAddress(string path, [NotNullWhen(true)] out Address? address) =>
        Address.TryParse(path, out address);

    private string AppendUid(string text) =>
        Uid == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}#{Uid}");

    private string Render(Address address)
    {
        var text = new StringBuilder().Append(address);
        if (Depth == 0)
        {
            return text.Append('/').ToString();
        }

        AppendNames(text);
        return text.ToString();
    }

    private void AppendNames(StringBuilder text)
    {
        if (Depth > 0)
        {
            Parent.AppendNames(text);
            text.Append('/').Append(Name);
        }
    }

    /// <summary>The path of the child <paramref name="name"/>; a uid may follow a <c>#</c>.</summary>
    public static ActorPath operator /(ActorPath path, string name)
    {
        var fragment = name.IndexOf('#');
        return fragment < 0
            ? new ChildActorPath(path, name, 0)
            : new ChildActorPath(
                path, name[..fragment], long.Parse(name.AsSpan(fragment + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>The path of a descendant; empty names are skipped.</summary>
    public static ActorPath operator /(ActorPath path, IEnumerable<string> name) =>
        name.Where(n => n.Length > 0).Aggregate(path, (p, n) => p / n);

    /// <summary>Compares address and names.</summary>
    public static bool operator ==(ActorPath? left, ActorPath? right) =>
        left is null ? right is null : left.Equals(right);

    /// <summary>Compares address and names.</summary>
    public static bool operator !=(ActorPath? left, ActorPath? right) => !(left == right);

    /// <summary>The serialised form of a path.</summary>
    public sealed class Surrogate : ISurrogate, IEquatable<Surrogate>, IEquatable<ActorPath>
    {
        /// <summary>Holds the text of a path.</summary>
        public Surrogate(string path) => Path = path;

        /// <summary>Address, names and uid.</summary>
        public string Path { get; }

        /// <inheritdoc/>
        public ISurrogated FromSurrogate(ActorSystem system) => Parse(Path);

        /// <inheritdoc/>
        public bool Equals(Surrogate? other) => other is not null && Path == other.Path;

        /// <inheritdoc/>
        public bool Equals(ActorPath? other) => other is not null && Path == other.ToSerializationFormat();

        /// <inheritdoc/>
        public override bool Equals(object? obj) =>
            obj is Surrogate surrogate ? Equals(surrogate) : Equals(obj as ActorPath);

        /// <inheritdoc/>
        public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);
    }
}

/// <summary>The root of an actor system's hierarchy.</summary>
public sealed class RootActorPath : ActorPath
{
    /// <summary>The root of the system at <paramref name="address"/>.</summary>
    public RootActorPath(Address address, string name = "")
        : base(address, name)
    {
    }
}

/// <summary>Any path below a root.</summary>
public sealed class ChildActorPath : ActorPath
{
    /// <summary>The path of the child <paramref name="name"/> of <paramref name="parentPath"/>.</summary>
    public ChildActorPath(ActorPath parentPath, string name, long uid)
        : base(parentPath, name, uid)
    {
    }
}
