using AkkaReplication.Clients;
using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Clients;

/// <summary>A client's call as Kafka's protocol has it. Used once; in the turns of its session's actor.</summary>
internal abstract class KafkaCall(long id, ApiKey api)
{
    /// <summary>The client's number for it.</summary>
    public long Id => id;

    public ApiKey Api => api;

    public virtual LaneKind Lane => LaneKind.Main;

    /// <summary>Older versions cannot say it.</summary>
    public virtual short LowestVersion => 0;

    /// <summary>Newer versions cannot, either.</summary>
    public virtual short HighestVersion => short.MaxValue;

    /// <summary>False where the broker says nothing to it.</summary>
    public virtual bool HasAnswer => true;

    /// <summary>The answer where the broker need not be asked; null where it must.</summary>
    public virtual ClientResponse? AtOnce => null;

    /// <summary>The answer once it has left, where the broker says nothing to it.</summary>
    public virtual ClientResponse Left =>
        throw new InvalidOperationException($"The broker answers {api}.");

    public abstract IKafkaRequest ToRequest(short version);

    public abstract ClientResponse FromResponse(IKafkaResponse response, short version);

    /// <summary>The answer where the broker cannot be asked.</summary>
    public abstract ClientResponse Fail(ErrorCode error, string message);
}

/// <inheritdoc/>
internal abstract class KafkaCall<TResponse>(long id, ApiKey api) : KafkaCall(id, api)
    where TResponse : IKafkaResponse
{
    public sealed override ClientResponse FromResponse(IKafkaResponse response, short version) =>
        FromResponse((TResponse)response, version);

    protected abstract ClientResponse FromResponse(TResponse response, short version);
}
