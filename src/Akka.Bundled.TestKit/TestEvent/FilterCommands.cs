using Akka.Actor;
using Akka.TestKit.Internal;

namespace Akka.TestKit.TestEvent;

/// <summary>Published to have the test listeners keep matching events to themselves.</summary>
internal sealed record MuteEvents(IReadOnlyList<LogFilter> Filters) : INoSerializationVerificationNeeded;

/// <summary>Published to end what <see cref="MuteEvents"/> began.</summary>
internal sealed record UnmuteEvents(IReadOnlyList<LogFilter> Filters) : INoSerializationVerificationNeeded;
