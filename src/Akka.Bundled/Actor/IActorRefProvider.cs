using Akka.Actor.Internal;
using Akka.Serialization;

namespace Akka.Actor;

/// <summary>Makes the references of an actor system, and resolves paths to them.</summary>
public interface IActorRefProvider
{
    /// <summary>The root of the hierarchy.</summary>
    IInternalActorRef RootGuardian { get; }

    /// <summary>Where the messages go that nobody takes.</summary>
    IActorRef DeadLetters { get; }

    /// <summary>Takes every message and does nothing.</summary>
    IActorRef IgnoreRef { get; }

    /// <summary>The path of the root.</summary>
    ActorPath RootPath { get; }

    /// <summary>The settings.</summary>
    Settings Settings { get; }

    /// <summary>The deployments of the configuration.</summary>
    Deployer Deployer { get; }

    /// <summary>The parent of temporary references.</summary>
    IInternalActorRef TempContainer { get; }

    /// <summary>Completes when the root guardian has stopped.</summary>
    Task TerminationTask { get; }

    /// <summary>The address others reach this system by; local when they cannot.</summary>
    Address DefaultAddress { get; }

    /// <summary>What serialised references are relative to.</summary>
    Information SerializationInformation { get; }

    /// <summary>The actor /user.</summary>
    internal LocalActorRef Guardian { get; }

    /// <summary>The actor /system.</summary>
    internal LocalActorRef SystemGuardian { get; }

    /// <summary>A path for a temporary reference that has not been used before.</summary>
    ActorPath TempPath();

    /// <summary>Makes a temporary reference known, so that others can answer it.</summary>
    void RegisterTempActor(IInternalActorRef actorRef, ActorPath path);

    /// <summary>Forgets a temporary reference.</summary>
    void UnregisterTempActor(ActorPath path);

    /// <summary>The reference of a path; one that leads to the dead letters when nothing is there.</summary>
    IActorRef ResolveActorRef(string path);

    /// <summary>The reference of a path; one that leads to the dead letters when nothing is there.</summary>
    IActorRef ResolveActorRef(ActorPath actorPath);

    /// <summary>The root of the system at an address.</summary>
    IActorRef RootGuardianAt(Address address);

    /// <summary>The address under which a system at another address reaches this one; null when it cannot.</summary>
    Address? GetExternalAddressFor(Address address);

    /// <summary>Starts the guardians.</summary>
    internal void Init(ActorSystemImpl system);

    /// <summary>Makes, and does not yet start, an actor.</summary>
    internal IInternalActorRef CreateActor(
        Props props, IInternalActorRef supervisor, ActorPath path, bool isSystemService);
}
