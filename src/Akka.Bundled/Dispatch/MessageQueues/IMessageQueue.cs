using Akka.Actor;

namespace Akka.Dispatch.MessageQueues;

/// <summary>The user messages of one actor: many threads put in, one takes out.</summary>
public interface IMessageQueue
{
    /// <summary>True when a message can be taken.</summary>
    bool HasMessages { get; }

    /// <summary>How many messages wait; approximate while others work on the queue.</summary>
    int Count { get; }

    /// <summary>Puts a message in; called by any thread.</summary>
    void Enqueue(IActorRef receiver, Envelope envelope);

    /// <summary>Takes the next message; called by the thread that runs the actor.</summary>
    bool TryDequeue(out Envelope envelope);

    /// <summary>Moves what is left to the dead letters, once the actor has stopped.</summary>
    void CleanUp(IActorRef owner, IMessageQueue deadletters);
}
