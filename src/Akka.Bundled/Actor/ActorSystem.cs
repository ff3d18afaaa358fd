using System.Diagnostics;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>
/// A hierarchy of actors with what they share: configuration, dispatchers, scheduler, event stream and extensions. It
/// is expensive; a process usually has one.
/// </summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _disposed;

    private protected ActorSystem()
    {
    }

    /// <summary>The settings, and with them the configuration.</summary>
    public abstract Settings Settings { get; }

    /// <summary>The name; part of the address.</summary>
    public abstract string Name { get; }

    /// <summary>The serializers. They are renewed when a configuration is injected: do not keep them.</summary>
    public abstract Serialization.Serialization Serialization { get; }

    /// <summary>The event stream.</summary>
    public abstract EventStream EventStream { get; }

    /// <summary>Where the messages go that nobody takes.</summary>
    public abstract IActorRef DeadLetters { get; }

    /// <summary>Takes every message and does nothing.</summary>
    public abstract IActorRef IgnoreRef { get; }

    /// <summary>The dispatchers.</summary>
    public abstract Dispatchers Dispatchers { get; }

    /// <summary>The mailboxes.</summary>
    public abstract Mailboxes Mailboxes { get; }

    /// <summary>The scheduler.</summary>
    public abstract IScheduler Scheduler { get; }

    /// <summary>The log of the system itself.</summary>
    public abstract ILoggingAdapter Log { get; }

    /// <summary>When the system was created, on the machine's monotonic clock.</summary>
    public TimeSpan StartTime => TimeSpan.FromTicks(_started * TimeSpan.TicksPerSecond / Stopwatch.Frequency);

    /// <summary>How long ago the system was created.</summary>
    public TimeSpan Uptime => Stopwatch.GetElapsedTime(_started);

    /// <summary>Completes when the system has stopped and everything registered for that has run.</summary>
    public abstract Task WhenTerminated { get; }

    /// <summary>Starts a system with a configuration, in front of the reference configuration.</summary>
    /// <exception cref="ArgumentException">The name is malformed.</exception>
    public static ActorSystem Create(string name, Config config) =>
        Start(name, config, ActorSystemSetup.Empty);

    /// <summary>Starts a system with a configuration made in code.</summary>
    public static ActorSystem Create(string name, BootstrapSetup setup) => Create(name, ActorSystemSetup.Create(setup));

    /// <summary>Starts a system with a setup.</summary>
    public static ActorSystem Create(string name, ActorSystemSetup setup) => Start(
        name, setup.Get<BootstrapSetup>().Select(b => b.Config).GetOrElse(default).GetOrElse(Config.Empty), setup);

    /// <summary>Starts a system with the reference configuration.</summary>
    public static ActorSystem Create(string name) => Start(name, ConfigurationFactory.Load(), ActorSystemSetup.Empty);

    /// <summary>Creates a top-level actor, below /user.</summary>
    public abstract IActorRef ActorOf(Props props, string? name = null);

    /// <inheritdoc/>
    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    /// <inheritdoc/>
    public abstract ActorSelection ActorSelection(string actorPath);

    /// <summary>Stops an actor after the message it is handling.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Runs the coordinated shutdown, which stops all actors; see <see cref="WhenTerminated"/>.</summary>
    public abstract Task Terminate();

    /// <summary>Runs an action when the system has stopped; the last registered runs first.</summary>
    /// <exception cref="InvalidOperationException">It has stopped already.</exception>
    public abstract void RegisterOnTermination(Action code);

    /// <summary>Creates the extension unless it is there already.</summary>
    public abstract object? RegisterExtension(IExtensionId extension);

    /// <summary>The extension of an id, or null.</summary>
    public abstract object? GetExtension(IExtensionId extensionId);

    /// <summary>The extension of a type, or null.</summary>
    public abstract T? GetExtension<T>()
        where T : class, IExtension;

    /// <summary>True when there is an extension of a type.</summary>
    public abstract bool HasExtension(Type type);

    /// <summary>True when there is an extension of a type.</summary>
    public abstract bool HasExtension<T>()
        where T : class, IExtension;

    /// <summary>Gives the extension of a type if there is one.</summary>
    public abstract bool TryGetExtension(Type extensionType, out object? extension);

    /// <summary>Gives the extension of a type if there is one.</summary>
    public abstract bool TryGetExtension<T>(out T? extension)
        where T : class, IExtension;

    /// <summary>Terminates the system and waits for it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Terminate().Wait();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Stops all actors, without the coordinated shutdown.</summary>
    internal abstract Task FinalTerminate();

    private static ActorSystemImpl Start(string name, Config config, ActorSystemSetup setup)
    {
        var system = new ActorSystemImpl(name, config, setup);
        system.Start();
        return system;
    }
}

/// <summary>What extensions may use of an actor system.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    private protected ExtendedActorSystem()
    {
    }

    /// <summary>Makes and resolves references.</summary>
    public abstract IActorRefProvider Provider { get; }

    /// <summary>The actor /user.</summary>
    public abstract IInternalActorRef Guardian { get; }

    /// <summary>The actor /system.</summary>
    public abstract IInternalActorRef SystemGuardian { get; }

    /// <summary>The root, where absolute selections begin.</summary>
    public abstract IInternalActorRef LookupRoot { get; }

    /// <summary>Creates an actor below /system; it outlives those below /user.</summary>
    public abstract IActorRef SystemActorOf(Props props, string? name = null);

    /// <summary>Creates an actor below /system.</summary>
    public abstract IActorRef SystemActorOf<TActor>(string? name = null)
        where TActor : ActorBase, new();

    /// <summary>Stops all actors at once, without the coordinated shutdown.</summary>
    public abstract void Abort();

    /// <summary>The hierarchy of the actors as a text.</summary>
    public abstract string PrintTree();
}
