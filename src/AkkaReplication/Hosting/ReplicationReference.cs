using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;

namespace AkkaReplication;

/// <summary>What an actor system needs to host our actors: hocon/reference.conf and hocon/actors.conf.</summary>
internal static class ReplicationReference
{
    public static readonly Config Config = Read("AkkaReplication.actors.conf").WithFallback(Read("AkkaReplication.reference.conf"));

    private static readonly ConditionalWeakTable<ActorSystem, object> Systems = [];

    /// <summary>Lays it under the configuration of a system, once.</summary>
    public static void AddTo(ActorSystem system)
    {
        lock (Systems)
        {
            // Keys of ours prove nothing: the host may have set some itself.
            if (Systems.TryAdd(system, Systems))
                system.Settings.InjectTopLevelFallback(Config);
        }
    }

    private static Config Read(string name) =>
        ConfigurationFactory.FromResource(name, typeof(ReplicationReference).Assembly);
}
