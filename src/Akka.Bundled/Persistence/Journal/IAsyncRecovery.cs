using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>What recovery asks of a journal.</summary>
public interface IAsyncRecovery
{
    /// <summary>
    /// Calls back for each event from one sequence number to another, both inclusive, in their order, one at a time and
    /// at most so many. The task ends after the last call.
    /// </summary>
    Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback);

    /// <summary>
    /// The highest sequence number ever stored, deleted events included; 0 when there never was an event. The second
    /// number is a hint: no lower one need be looked at.
    /// </summary>
    Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr);
}
