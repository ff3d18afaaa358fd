using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>
/// Answers a write: first for the whole, then for each event, with the sender of the event's command.
/// </summary>
internal static class WriteReplies
{
    public static void Done(WriteMessages request, IImmutableList<Exception>? rejections, IActorRef journal)
    {
        request.PersistentActor.Tell(WriteMessagesSuccessful.Instance, journal);
        Answer(request, rejections, static (@event, rejection, instance) => rejection is null
            ? new WriteMessageSuccess(@event, instance)
            : new WriteMessageRejected(@event, rejection, instance));
    }

    public static void Failed(WriteMessages request, Exception cause, int writeCount, IActorRef journal)
    {
        request.PersistentActor.Tell(new WriteMessagesFailed(cause, writeCount), journal);
        Answer(request, null, (@event, _, instance) => new WriteMessageFailure(@event, cause, instance));
    }

    private static void Answer(
        WriteMessages request,
        IImmutableList<Exception>? rejections,
        Func<IPersistentRepresentation, Exception?, int, object> reply)
    {
        var write = 0;
        foreach (var message in request.Messages)
        {
            if (message is AtomicWrite atomic)
            {
                var rejection = rejections?[write++];
                foreach (var @event in atomic.Events)
                {
                    request.PersistentActor.Tell(reply(@event, rejection, request.ActorInstanceId), @event.Sender);
                }
            }
            else
            {
                request.PersistentActor.Tell(
                    new LoopMessageSuccess(message.Payload, request.ActorInstanceId), message.Sender);
            }
        }
    }
}
