using Akka.Actor;

namespace Akka.TestKit.TestActors;

/// <summary>
/// Sends every message to the kit's test actor and, unless told otherwise, back to its sender; always in the sender's
/// name.
/// </summary>
public class EchoActor : ReceiveActor
{
    /// <summary>Echoes into <paramref name="testkit"/>.</summary>
    public EchoActor(TestKitBase testkit, bool echoBackToSenderAsWell = true) =>
        ReceiveAny(message =>
        {
            var sender = Sender;
            var testActor = testkit.TestActor;
            if (echoBackToSenderAsWell && !testActor.Equals(sender)) sender.Forward(message);
            testActor.Tell(message, sender);
        });

    /// <summary>Creates one.</summary>
    public static Props Props(TestKitBase testkit, bool echoBackToSenderAsWell = true) =>
        Akka.Actor.Props.Create(() => new EchoActor(testkit, echoBackToSenderAsWell));
}

/// <summary>Sends every message back to its sender.</summary>
public class SimpleEchoActor : ReceiveActor
{
    /// <summary>Echoes everything.</summary>
    public SimpleEchoActor() => ReceiveAny(message => Sender.Tell(message, Self));

    /// <summary>Creates one.</summary>
    public static Props Props() => Akka.Actor.Props.Create(() => new SimpleEchoActor());
}
