using System.Collections.Concurrent;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;
using Akka.Util.Internal;

namespace Akka.Dispatch;

/// <summary>Owns the mailbox types of an actor system and chooses the one an actor gets.</summary>
public class Mailboxes
{
    /// <summary>The section of the mailbox of actors that ask for nothing.</summary>
    public static readonly string DefaultMailboxId = "akka.actor.default-mailbox";

    /// <summary>What a dispatcher that requires nothing says in <c>mailbox-requirement</c>.</summary>
    public static readonly string NoMailboxRequirement = "";

    private readonly ActorSystem _system;
    private readonly ConcurrentDictionary<string, MailboxType> _types = new();
    private readonly Dictionary<Type, string> _requirements = [];

    /// <summary>The mailboxes of <paramref name="system"/>.</summary>
    public Mailboxes(ActorSystem system)
    {
        _system = system;
        DeadLetterQueue = new DeadLetterMessageQueue(system);
        var requirements = system.Settings.Config.GetConfig("akka.actor.mailbox.requirements")
            ?? throw new ConfigurationException("akka.actor.mailbox.requirements is missing.");
        foreach (var (typeName, value) in requirements.AsEnumerable())
        {
            if (TypeResolution.GetType(typeName, false) is { } type)
            {
                _requirements[type] = value.GetString()!;
            }
            else
            {
                system.EventStream.Publish(new Event.Warning(
                    "mailboxes", GetType(), $"Mailbox Requirement mapping [{typeName}] is not an actual type"));
            }
        }
    }

    internal IMessageQueue DeadLetterQueue { get; }

    /// <summary>The mailbox type of a section.</summary>
    /// <exception cref="ConfigurationException">There is no such section, or it is not one of a mailbox.</exception>
    public MailboxType Lookup(string id) => _types.TryGetValue(id, out var known) ? known : _types.GetOrAdd(id, Create);

    /// <summary>The mailbox type that is configured for queues of a kind.</summary>
    /// <exception cref="ConfigurationException">None is.</exception>
    public MailboxType LookupByQueueType(Type queueType) =>
        _requirements.TryGetValue(queueType, out var id)
            ? Lookup(id)
            : throw new ConfigurationException($"Mailbox Mapping for [{queueType}] not configured");

    /// <summary>True when the actor's class requires a kind of queue.</summary>
    public bool HasRequiredType(Type actorType) => RequiredType(actorType) is not null;

    /// <summary>The kind of queue the actor's class requires, or null.</summary>
    public Type? GetRequiredType(Type actorType) => RequiredType(actorType);

    /// <summary>True when a mailbox type says which queue it makes.</summary>
    public bool ProducesMessageQueue(Type mailboxType) =>
        Argument(mailboxType, typeof(IProducesMessageQueue<>)) is not null;

    /// <summary>
    /// Chooses the mailbox of an actor. The first of these decides: the mailbox of the props or the deployment, that of
    /// a dispatcher the props name, the requirement of the actor's class, that of the dispatcher, the default.
    /// </summary>
    /// <exception cref="ArgumentException">The choice does not meet a requirement.</exception>
    public MailboxType GetMailboxType(Props props, Config? dispatcherConfig)
    {
        var config = dispatcherConfig ?? Config.Empty;
        var ofActor = RequiredType(props.Type);
        var ofDispatcher = DispatcherRequirement(config);
        return Verified(Choose(props.Deploy, config, ofActor, ofDispatcher), props.Type, config, ofActor, ofDispatcher);
    }

    internal int StashCapacity(Props props)
    {
        if (props.Deploy.StashCapacity != Deploy.NoStashSize)
        {
            return props.Deploy.StashCapacity;
        }

        var config = _system.Settings.Config;
        var mailbox = props.Deploy.Mailbox;
        if (mailbox != Deploy.NoMailboxGiven && config.HasPath($"{mailbox}.stash-capacity"))
        {
            return config.GetInt($"{mailbox}.stash-capacity");
        }

        return config.HasPath($"{props.Dispatcher}.stash-capacity")
            ? config.GetInt($"{props.Dispatcher}.stash-capacity")
            : config.GetInt($"{DefaultMailboxId}.stash-capacity", Deploy.NoStashSize);
    }

    private MailboxType Choose(Deploy deploy, Config dispatcherConfig, Type? ofActor, Type? ofDispatcher)
    {
        if (deploy.Mailbox != Deploy.NoMailboxGiven)
        {
            return Lookup(deploy.Mailbox);
        }

        if (deploy.Dispatcher != Deploy.NoDispatcherGiven
            && !string.IsNullOrEmpty(dispatcherConfig.GetString("mailbox-type")))
        {
            return Lookup(dispatcherConfig.GetString("id")!);
        }

        if (ofActor is not null && (_requirements.ContainsKey(ofActor) || ofDispatcher is null))
        {
            return LookupByQueueType(ofActor);
        }

        return ofDispatcher is not null ? LookupByQueueType(ofDispatcher) : Lookup(DefaultMailboxId);
    }

    private static MailboxType Verified(
        MailboxType chosen, Type actorType, Config dispatcherConfig, Type? ofActor, Type? ofDispatcher)
    {
        if (ofActor is null && ofDispatcher is null)
        {
            return chosen;
        }

        var produced = Argument(chosen.GetType(), typeof(IProducesMessageQueue<>)) ?? throw new ArgumentException(
            $"No IProducesMessageQueue<TQueue> supplied for {chosen}; illegal mailbox type definition.");
        if (ofDispatcher is not null && !ofDispatcher.IsAssignableFrom(produced))
        {
            throw new ArgumentException(
                $"The message queue type [{produced}] does not fulfill the requirement of dispatcher " +
                $"[{dispatcherConfig.GetString("id")}]; it must be a [{ofDispatcher}].");
        }

        if (ofActor is not null && !ofActor.IsAssignableFrom(produced))
        {
            throw new ArgumentException(
                $"The message queue type [{produced}] does not fulfill the requirement of actor class [{actorType}]; " +
                $"it must be a [{ofActor}].");
        }

        return chosen;
    }

    private static Type? DispatcherRequirement(Config config)
    {
        var requirement = config.GetString("mailbox-requirement");
        return string.IsNullOrEmpty(requirement) ? null : TypeResolution.GetType(requirement, true);
    }

    private static Type? RequiredType(Type actorType) => Argument(actorType, typeof(IRequiresMessageQueue<>));

    private static Type? Argument(Type type, Type genericInterface)
    {
        foreach (var candidate in type.GetInterfaces())
        {
            if (candidate.IsGenericType && candidate.GetGenericTypeDefinition() == genericInterface)
            {
                return candidate.GetGenericArguments()[0];
            }
        }

        return null;
    }

    private MailboxType Create(string id)
    {
        if (id == "unbounded")
        {
            return new UnboundedMailbox();
        }

        var settings = _system.Settings;
        if (id != "bounded" && !settings.Config.HasPath(id))
        {
            throw new ConfigurationException($"Mailbox Type [{id}] not configured");
        }

        var config = ConfigurationFactory.ParseString($"id = \"{id}\"")
            .WithFallback(settings.Config.GetConfig(id) ?? Config.Empty)
            .WithFallback(settings.Config.GetConfig(DefaultMailboxId) ?? Config.Empty);
        return id == "bounded" ? new BoundedMailbox(settings, config) : CreateByName(id, config);
    }

    private MailboxType CreateByName(string id, Config config)
    {
        var typeName = _system.Settings.Config.GetString($"{id}.mailbox-type");
        if (string.IsNullOrEmpty(typeName))
        {
            throw new ConfigurationException($"The setting mailbox-type defined in [{id}] is empty");
        }

        var type = TypeResolution.GetType(typeName, false)
            ?? throw new ConfigurationException($"The mailbox-type [{typeName}] of [{id}] could not be found.");
        try
        {
            return (MailboxType)Activator.CreateInstance(
                type,
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions,
                null,
                [_system.Settings, config],
                null)!;
        }
        catch (Exception e)
        {
            throw new ArgumentException(
                $"Cannot instantiate MailboxType {type}, defined in [{id}]. Make sure it has a public constructor " +
                "with [Akka.Actor.Settings, Akka.Configuration.Config] parameters",
                e);
        }
    }

    /// <summary>Where the messages of a stopped actor go.</summary>
    private sealed class DeadLetterMessageQueue(ActorSystem system) : IMessageQueue
    {
        public bool HasMessages => false;

        public int Count => 0;

        public void Enqueue(IActorRef receiver, Envelope envelope)
        {
            if (envelope.Message is Event.DeadLetter)
            {
                return;
            }

            system.DeadLetters.Tell(
                new Event.DeadLetter(envelope.Message, envelope.Sender, receiver), envelope.Sender);
        }

        public bool TryDequeue(out Envelope envelope)
        {
            envelope = default;
            return false;
        }

        public void CleanUp(IActorRef owner, IMessageQueue deadletters)
        {
        }
    }
}
