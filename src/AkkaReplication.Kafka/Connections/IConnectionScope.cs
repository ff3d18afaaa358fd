using AkkaReplication.Clients;
using AkkaReplication.Kafka.FetchSessions;
using AkkaReplication.Metadata;

namespace AkkaReplication.Kafka.Connections;

/// <summary>What an API needs of the connection that a request came by. In the turns of the connection's actor.</summary>
internal interface IConnectionScope
{
    BrokerId Broker { get; }

    string ClusterId { get; }

    /// <summary>The listener's name: clients are told of brokers where those have a listener of that name.</summary>
    string Listener { get; }

    KafkaListenerOptions Options { get; }

    /// <summary>The broker's.</summary>
    ReplicationSettings Settings { get; }

    /// <summary>The metadata that the broker has applied.</summary>
    MetadataImage Image { get; }

    /// <summary>The broker's, for all its clients.</summary>
    FetchSessionCache FetchSessions { get; }

    /// <summary>Monotonic ms.</summary>
    long NowMs { get; }

    /// <summary>Has the broker do something; <paramref name="then"/> gets its answer, in a turn of this connection's actor.</summary>
    /// <returns>The number of the call.</returns>
    long Call(ClientRequest request, Action<ClientResponse> then);

    /// <summary>Has the broker do something that gets no answer (acks=0).</summary>
    void Send(ClientRequest request);

    /// <summary>Has the coordinator of a group do something, if it is at this broker; otherwise as <see cref="Call"/>.</summary>
    /// <param name="clientId">The client's name for itself, from the request's header.</param>
    void CallGroup(string? clientId, ClientRequest request, Action<ClientResponse> then);

    /// <summary>The client has to be told by the end of its connection, there being no answer to tell it by.</summary>
    void End(string reason);
}
