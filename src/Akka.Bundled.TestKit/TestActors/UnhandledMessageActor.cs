using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>Handles no message.</summary>
public class UnhandledMessageActor : ReceiveActor
{
    /// <summary>Leaves everything unhandled.</summary>
    public UnhandledMessageActor() => ReceiveAny(Unhandled);
}
