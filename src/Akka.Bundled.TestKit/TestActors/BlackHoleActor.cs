using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>Swallows every message.</summary>
public class BlackHoleActor : ActorBase
{
    /// <summary>Creates one.</summary>
    public static Props Props { get; } = Props.Create<BlackHoleActor>();

    /// <inheritdoc />
    protected override bool Receive(object message) => true;
}
