using AkkaReplication.Kafka.Connections;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Apis;

/// <summary>One API of the protocol: says in the broker's terms what a request asks, and in the protocol's what came of it.</summary>
internal interface IKafkaApi
{
    ApiKey Key { get; }

    /// <summary>The versions that clients are offered.</summary>
    (short Lowest, short Highest) Offered { get; }

    /// <summary>
    /// Whether a request may be begun while earlier ones of this API are not answered yet; those of any other API are waited
    /// for.
    /// </summary>
    bool IsPipelined => false;

    /// <summary>Begins a request; its exchange is answered in this turn or in a later one.</summary>
    void Handle(IConnectionScope scope, Exchange exchange, IKafkaRequest request);
}

/// <summary>An API of one kind of request.</summary>
internal abstract class KafkaApi<TRequest>(ApiKey key, short lowest, short highest) : IKafkaApi
    where TRequest : class, IKafkaRequest
{
    public ApiKey Key => key;

    public (short Lowest, short Highest) Offered => (lowest, highest);

    public virtual bool IsPipelined => false;

    public void Handle(IConnectionScope scope, Exchange exchange, IKafkaRequest request) =>
        Handle(scope, exchange, (TRequest)request);

    protected abstract void Handle(IConnectionScope scope, Exchange exchange, TRequest request);
}
