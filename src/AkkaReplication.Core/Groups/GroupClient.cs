namespace AkkaReplication.Groups;

/// <summary>Who sent a request, as descriptions of a group show it.</summary>
/// <param name="ClientId">client.id; the ids of members begin with it.</param>
/// <param name="Host">Its address as Kafka shows it, "/10.1.2.3" for instance.</param>
public sealed record GroupClient(string ClientId, string Host);
