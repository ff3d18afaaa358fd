using Akka.Configuration;

namespace Akka.Actor;

/// <summary>Where an actor is to live.</summary>
public abstract class Scope : IEquatable<Scope>
{
    /// <summary>In this process.</summary>
    public static readonly LocalScope Local = LocalScope.Instance;

    /// <summary>This scope, or the other one where this says nothing.</summary>
    public abstract Scope WithFallback(Scope other);

    /// <summary>A copy.</summary>
    public abstract Scope Copy();

    /// <inheritdoc/>
    public virtual bool Equals(Scope? other) => other is not null && other.GetType() == GetType();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Scope);

    /// <inheritdoc/>
    public override int GetHashCode() => GetType().GetHashCode();
}

/// <summary>In this process.</summary>
public class LocalScope : Scope
{
    private LocalScope()
    {
    }

    /// <summary>The only instance.</summary>
    public static LocalScope Instance { get; } = new();

    /// <inheritdoc/>
    public override Scope WithFallback(Scope other) => Instance;

    /// <inheritdoc/>
    public override Scope Copy() => Instance;
}

/// <summary>Says nothing about the place.</summary>
internal sealed class NoScope : Scope
{
    public override Scope WithFallback(Scope other) => other;

    public override Scope Copy() => this;
}

/// <summary>How an actor is to be run: dispatcher, mailbox, stash and place. Immutable.</summary>
public class Deploy : IEquatable<Deploy>
{
    /// <summary>The capacity of a stash that the mailbox's configuration decides about.</summary>
    public const int NoStashSize = -1;

    /// <summary>The dispatcher of a deployment that names none.</summary>
    public static readonly string NoDispatcherGiven = string.Empty;

    /// <summary>The mailbox of a deployment that names none.</summary>
    public static readonly string NoMailboxGiven = string.Empty;

    /// <summary>The scope of a deployment that names none.</summary>
    public static readonly Scope NoScopeGiven = new NoScope();

    /// <summary>In this process.</summary>
    public static readonly Deploy Local = new(Scope.Local);

    /// <summary>Says nothing.</summary>
    public static readonly Deploy None = new();

    /// <summary>Says nothing.</summary>
    public Deploy()
        : this("", NoScopeGiven)
    {
    }

    /// <summary>Says where.</summary>
    public Deploy(Scope scope)
        : this("", scope)
    {
    }

    /// <summary>Says where, for the actor at a path.</summary>
    public Deploy(string path, Scope scope)
    {
        Path = path;
        Scope = scope;
    }

    /// <summary>The path of the actor this deployment was configured for.</summary>
    public string Path { get; private init; }

    /// <summary>The section it was configured in.</summary>
    public Config Config { get; private init; } = Config.Empty;

    /// <summary>Where.</summary>
    public Scope Scope { get; private init; }

    /// <summary>The mailbox, or <see cref="NoMailboxGiven"/>.</summary>
    public string Mailbox { get; private init; } = NoMailboxGiven;

    /// <summary>The dispatcher, or <see cref="NoDispatcherGiven"/>.</summary>
    public string Dispatcher { get; private init; } = NoDispatcherGiven;

    /// <summary>How many messages the actor can stash, or <see cref="NoStashSize"/>.</summary>
    public int StashCapacity { get; private init; } = NoStashSize;

    /// <summary>This deployment, completed by the other one where it says nothing.</summary>
    public virtual Deploy WithFallback(Deploy other) => new(Path, Scope.WithFallback(other.Scope))
    {
        Config = Config.WithFallback(other.Config),
        Dispatcher = Dispatcher == NoDispatcherGiven ? other.Dispatcher : Dispatcher,
        Mailbox = Mailbox == NoMailboxGiven ? other.Mailbox : Mailbox,
        StashCapacity = StashCapacity == NoStashSize ? other.StashCapacity : StashCapacity
    };

    /// <summary>With another scope.</summary>
    public virtual Deploy WithScope(Scope scope) => Copy(scope: scope);

    /// <summary>With another mailbox.</summary>
    public virtual Deploy WithMailbox(string mailbox) => Copy(mailbox: mailbox);

    /// <summary>With another dispatcher.</summary>
    public virtual Deploy WithDispatcher(string dispatcher) => Copy(dispatcher: dispatcher);

    /// <summary>With another capacity of the stash.</summary>
    public virtual Deploy WithStashCapacity(int stashSize) => Copy(stashCapacity: stashSize);

    /// <inheritdoc/>
    public bool Equals(Deploy? other) =>
        other is not null
        && Path == other.Path
        && Mailbox == other.Mailbox
        && Dispatcher == other.Dispatcher
        && StashCapacity == other.StashCapacity
        && Scope.Equals(other.Scope);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Deploy);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Path, Mailbox, Dispatcher, StashCapacity, Scope);

    internal static Deploy Parse(string path, Config config) => new(path, NoScopeGiven)
    {
        Config = config,
        Dispatcher = config.GetString("dispatcher", NoDispatcherGiven) ?? NoDispatcherGiven,
        Mailbox = config.GetString("mailbox", NoMailboxGiven) ?? NoMailboxGiven,
        StashCapacity = config.GetInt("stash-capacity", NoStashSize)
    };

    private Deploy Copy(
        Scope? scope = null, string? mailbox = null, string? dispatcher = null, int? stashCapacity = null) =>
        new(Path, scope ?? Scope)
        {
            Config = Config,
            Dispatcher = dispatcher ?? Dispatcher,
            Mailbox = mailbox ?? Mailbox,
            StashCapacity = stashCapacity ?? StashCapacity
        };
}

/// <summary>Owns the deployments of the configuration, <c>akka.actor.deployment</c>.</summary>
public class Deployer
{
    private readonly Deploy[] _deployments;

    /// <summary>Reads the deployments.</summary>
    public Deployer(Settings settings)
    {
        var section = settings.Config.GetConfig("akka.actor.deployment") ?? Config.Empty;
        var defaults = section.GetConfig("default") ?? Config.Empty;
        _deployments = section.AsEnumerable()
            .Where(entry => entry.Key != "default" && entry.Value.IsObject())
            .Select(entry => Deploy.Parse(entry.Key, entry.Value.ToConfig().WithFallback(defaults)))
            .ToArray();
    }

    /// <summary>The deployment configured for the actor at a path below /user, or null.</summary>
    public Deploy? Lookup(ActorPath path)
    {
        if (_deployments.Length == 0 || path.Depth < 2 || path.Elements[0] != "user")
        {
            return null;
        }

        return Lookup(path.Elements.Skip(1));
    }

    /// <summary>
    /// The deployment configured for a path, or null; <c>*</c> stands for any name and <c>**</c> for any rest.
    /// </summary>
    public Deploy? Lookup(IEnumerable<string> path)
    {
        var names = path.ToArray();
        return Array.Find(_deployments, d => Matches(d.Path, names, wildcards: false))
            ?? Array.Find(_deployments, d => Matches(d.Path, names, wildcards: true));
    }

    private static bool Matches(string pattern, string[] names, bool wildcards)
    {
        var parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            if (wildcards && parts[i] == "**")
            {
                return names.Length > i;
            }

            if (i >= names.Length || (parts[i] != names[i] && !(wildcards && parts[i] == "*")))
            {
                return false;
            }
        }

        return parts.Length == names.Length;
    }
}
