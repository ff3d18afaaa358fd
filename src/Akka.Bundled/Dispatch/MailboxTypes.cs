using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch.MessageQueues;

namespace Akka.Dispatch;

/// <summary>Makes the message queues of a kind; named in configurations, created with (Settings, Config).</summary>
public abstract class MailboxType
{
    /// <summary>The settings of the actor system.</summary>
    protected readonly Settings Settings;

    /// <summary>The section that names this mailbox type.</summary>
    protected readonly Config Config;

    /// <summary>The constructor every mailbox type must have.</summary>
    protected MailboxType(Settings settings, Config config)
    {
        Settings = settings;
        Config = config;
    }

    /// <summary>Makes the queue of one actor.</summary>
    public abstract IMessageQueue Create(IActorRef owner, ActorSystem system);
}

/// <summary>The default: unbounded, first in first out.</summary>
public sealed class UnboundedMailbox : MailboxType, IProducesMessageQueue<UnboundedMessageQueue>
{
    /// <summary>Without settings.</summary>
    public UnboundedMailbox()
        : this(null!, Config.Empty)
    {
    }

    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public UnboundedMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedMessageQueue();
}

/// <summary>Bounded by <c>mailbox-capacity</c>; senders wait for up to <c>mailbox-push-timeout-time</c>.</summary>
public sealed class BoundedMailbox
    : MailboxType, IProducesMessageQueue<BoundedMessageQueue>, IProducesPushTimeoutSemanticsMailbox
{
    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public BoundedMailbox(Settings settings, Config config)
        : base(settings, config)
    {
        Capacity = MailboxBounds.Capacity(config);
        PushTimeout = MailboxBounds.PushTimeout(config);
    }

    /// <summary>How many messages fit in.</summary>
    public int Capacity { get; }

    /// <inheritdoc/>
    public TimeSpan PushTimeout { get; }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new BoundedMessageQueue(Capacity, PushTimeout);
}

/// <summary>Unbounded, with a front for unstashed messages.</summary>
public sealed class UnboundedDequeBasedMailbox : MailboxType, IProducesMessageQueue<UnboundedDequeMessageQueue>
{
    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public UnboundedDequeBasedMailbox(Settings settings, Config config)
        : base(settings, config)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedDequeMessageQueue();
}

/// <summary>Bounded, with a front for unstashed messages.</summary>
public class BoundedDequeBasedMailbox
    : MailboxType, IProducesMessageQueue<BoundedDequeMessageQueue>, IProducesPushTimeoutSemanticsMailbox
{
    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    public BoundedDequeBasedMailbox(Settings settings, Config config)
        : base(settings, config)
    {
        Capacity = MailboxBounds.Capacity(config);
        PushTimeout = MailboxBounds.PushTimeout(config);
    }

    /// <summary>How many messages fit in.</summary>
    public int Capacity { get; }

    /// <inheritdoc/>
    public TimeSpan PushTimeout { get; }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new BoundedDequeMessageQueue(Capacity, PushTimeout);
}

/// <summary>Unbounded, ordered by a priority that a subclass computes.</summary>
public abstract class UnboundedPriorityMailbox : MailboxType, IProducesMessageQueue<UnboundedPriorityMessageQueue>
{
    /// <summary>The capacity a queue begins with.</summary>
    public const int DefaultCapacity = 11;

    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    protected UnboundedPriorityMailbox(Settings settings, Config config)
        : base(settings, config) => InitialCapacity = DefaultCapacity;

    /// <summary>The capacity a queue begins with.</summary>
    public int InitialCapacity { get; }

    /// <inheritdoc/>
    public sealed override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new UnboundedPriorityMessageQueue(PriorityGenerator, InitialCapacity);

    /// <summary>The priority of a message; lower ones come first. Called on the sender's thread.</summary>
    protected abstract int PriorityGenerator(object message);
}

/// <summary>Unbounded, ordered by a priority that a subclass computes; equal priorities keep their order.</summary>
public abstract class UnboundedStablePriorityMailbox
    : MailboxType, IProducesMessageQueue<UnboundedStablePriorityMessageQueue>
{
    /// <summary>The capacity a queue begins with.</summary>
    public const int DefaultCapacity = 11;

    /// <inheritdoc cref="MailboxType(Settings, Config)"/>
    protected UnboundedStablePriorityMailbox(Settings settings, Config config)
        : base(settings, config) => InitialCapacity = DefaultCapacity;

    /// <summary>The capacity a queue begins with.</summary>
    public int InitialCapacity { get; }

    /// <inheritdoc/>
    public sealed override IMessageQueue Create(IActorRef owner, ActorSystem system) =>
        new UnboundedStablePriorityMessageQueue(PriorityGenerator, InitialCapacity);

    /// <summary>The priority of a message; lower ones come first. Called on the sender's thread.</summary>
    protected abstract int PriorityGenerator(object message);
}

/// <summary>Reads the two keys of bounded mailboxes.</summary>
internal static class MailboxBounds
{
    public static int Capacity(Config config)
    {
        var capacity = config.GetInt("mailbox-capacity");
        return capacity >= 0
            ? capacity
            : throw new ArgumentException("The capacity for a bounded mailbox cannot be negative.", nameof(config));
    }

    public static TimeSpan PushTimeout(Config config)
    {
        // A negative value, and "infinite", mean that a sender waits for ever; SemaphoreSlim has the same convention.
        var timeout = config.GetTimeSpan("mailbox-push-timeout-time", Timeout.InfiniteTimeSpan);
        return timeout < TimeSpan.Zero ? TimeSpan.FromMilliseconds(int.MaxValue) : timeout;
    }
}
