using Akka.Actor;

namespace Akka.TestKit.Internal;

/// <summary>What a test kit tells its own test actor; none of these ever reaches the test's queue.</summary>
internal static class TestActorMessages
{
    internal sealed record SetIgnore(Func<object, bool>? Ignore) : INoSerializationVerificationNeeded;

    internal sealed record SetAutoPilot(AutoPilot AutoPilot) : INoSerializationVerificationNeeded;

    internal sealed record Watch(IActorRef Subject) : INoSerializationVerificationNeeded;

    internal sealed record Unwatch(IActorRef Subject) : INoSerializationVerificationNeeded;

    /// <summary>
    /// Creates a child; the answer, to the asker, is its reference or a <see cref="Status.Failure"/>.
    /// </summary>
    internal sealed record Spawn(Props Props, string? Name) : INoSerializationVerificationNeeded;

    internal sealed record Ack : INoSerializationVerificationNeeded
    {
        public static readonly Ack Instance = new();
    }
}
