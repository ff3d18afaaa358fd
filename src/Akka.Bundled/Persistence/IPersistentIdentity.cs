using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Who a persistent actor is, and where its events and snapshots are.</summary>
public interface IPersistentIdentity
{
    /// <summary>The id under which events and snapshots are stored; one living actor per id.</summary>
    string PersistenceId { get; }

    /// <summary>The configuration path of the journal; null is the default one.</summary>
    string? JournalPluginId { get; }

    /// <summary>The configuration path of the snapshot store; null is the default one.</summary>
    string? SnapshotPluginId { get; }
}

/// <summary>How a persistent actor recovers.</summary>
public interface IPersistenceRecovery
{
    /// <summary>From which snapshot and up to which event.</summary>
    Recovery Recovery { get; }
}

/// <summary>What a persistent actor does with commands that overflow its stash.</summary>
public interface IPersistenceStash : IWithUnboundedStash
{
    /// <summary>The strategy.</summary>
    IStashOverflowStrategy InternalStashOverflowStrategy { get; }
}
