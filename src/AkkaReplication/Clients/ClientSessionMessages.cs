using Akka.Actor;

namespace AkkaReplication.Clients;

/// <summary>
/// To a broker: open a session for the sender. The session takes <see cref="ClientCall"/>s and answers each by a
/// <see cref="ClientReply"/>. It ends with the broker's life, with the client's actor, or by a <see cref="PoisonPill"/>
/// from the client.
/// </summary>
/// <param name="ClientId">client.id, for logs.</param>
public sealed record OpenClientSession(string ClientId);

/// <summary>The answer to <see cref="OpenClientSession"/>.</summary>
/// <param name="Session">The client watches it: its end is the loss of the connection.</param>
public sealed record ClientSessionOpened(IActorRef Session, BrokerId Broker);

/// <summary>
/// The other answer to <see cref="OpenClientSession"/>: the broker does not serve yet, or not any more, as a listener that
/// is closed.
/// </summary>
public sealed record ClientSessionRefused(BrokerId Broker);
