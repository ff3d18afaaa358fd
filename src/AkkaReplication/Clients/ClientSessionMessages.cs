using Akka.Actor;

namespace AkkaReplication.Clients;

/// <summary>
/// To a broker: open a session for the sender. The session takes <see cref="ClientCall"/>s and answers each by a
/// <see cref="ClientReply"/>. It ends with the broker's life, with the client's actor, or by a <see cref="PoisonPill"/>
/// from the client.
/// </summary>
/// <param name="ClientId">client.id, for logs.</param>
/// <param name="ReportsWritten">
/// The client sends <see cref="ReplyWritten"/> for each fetch that was answered: until then the answer's memory counts, as
/// where it leaves by a socket.
/// </param>
public sealed record OpenClientSession(string ClientId, bool ReportsWritten = false);

/// <summary>To a session: the answer to that fetch has left, and its memory is free.</summary>
public sealed record ReplyWritten(long CorrelationId) : INoSerializationVerificationNeeded;

/// <summary>The answer to <see cref="OpenClientSession"/>.</summary>
/// <param name="Session">The client watches it: its end is the loss of the connection.</param>
public sealed record ClientSessionOpened(IActorRef Session, BrokerId Broker);

/// <summary>
/// The other answer to <see cref="OpenClientSession"/>: the broker does not serve yet, or not any more, as a listener that
/// is closed.
/// </summary>
public sealed record ClientSessionRefused(BrokerId Broker);
