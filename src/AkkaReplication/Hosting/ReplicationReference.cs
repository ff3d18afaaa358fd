using Akka.Configuration;

namespace AkkaReplication;

/// <summary>What an actor system needs to host our actors: hocon/reference.conf and hocon/actors.conf.</summary>
internal static class ReplicationReference
{
    public static readonly Config Config = Read("AkkaReplication.actors.conf").WithFallback(Read("AkkaReplication.reference.conf"));

    private static Config Read(string name) =>
        ConfigurationFactory.FromResource(name, typeof(ReplicationReference).Assembly);
}
