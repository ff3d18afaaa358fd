using Akka.Actor;
using Akka.Dispatch.MessageQueues;

namespace Akka.Dispatch;

/// <summary>A property of a message queue that an actor may require.</summary>
public interface ISemantics;

/// <summary>The queue never refuses a message.</summary>
public interface IUnboundedMessageQueueSemantics : ISemantics;

/// <summary>The queue refuses messages when it is full.</summary>
public interface IBoundedMessageQueueSemantics : ISemantics
{
    /// <summary>How long a sender may wait for room.</summary>
    TimeSpan PushTimeOut { get; }
}

/// <summary>Messages can be put in front of the queue.</summary>
public interface IDequeBasedMessageQueueSemantics : ISemantics
{
    /// <summary>Makes a message the next one. Only the actor itself may call it.</summary>
    void EnqueueFirst(Envelope envelope);
}

/// <summary>An unbounded queue with a front.</summary>
public interface IUnboundedDequeBasedMessageQueueSemantics
    : IDequeBasedMessageQueueSemantics, IUnboundedMessageQueueSemantics;

/// <summary>A bounded queue with a front.</summary>
public interface IBoundedDequeBasedMessageQueueSemantics
    : IDequeBasedMessageQueueSemantics, IBoundedMessageQueueSemantics;

/// <summary>The queue may be read by more than one thread.</summary>
public interface IMultipleConsumerSemantics : ISemantics;

/// <summary>An actor, or a mailbox type's user, that needs a queue with <typeparamref name="T"/>.</summary>
public interface IRequiresMessageQueue<T>
    where T : ISemantics;

/// <summary>A mailbox type that makes <typeparamref name="TQueue"/>s.</summary>
public interface IProducesMessageQueue<TQueue>
    where TQueue : IMessageQueue;

/// <summary>A mailbox type whose queues may make a sender wait.</summary>
public interface IProducesPushTimeoutSemanticsMailbox
{
    /// <summary>How long a sender may wait for room.</summary>
    TimeSpan PushTimeout { get; }
}
