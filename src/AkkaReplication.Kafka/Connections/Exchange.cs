using AkkaReplication.Protocol;

namespace AkkaReplication.Kafka.Connections;

/// <summary>One request of a connection, until its answer has been written. In the turns of the connection's actor.</summary>
internal sealed class Exchange(RequestHeader header, RequestReceived received)
{
    public RequestHeader Header => header;

    public short Version => header.ApiVersion;

    public RequestReceived Received => received;

    /// <summary>The request, unless it has been handed to its API.</summary>
    public IKafkaRequest? Request { get; set; }

    /// <summary>The call whose answer's memory is held until the response has been written.</summary>
    public long? FetchCall { get; set; }

    /// <summary>Nothing more has to happen before the answer is written.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>The answer; null where there shall be none.</summary>
    public IKafkaResponse? Response { get; private set; }

    /// <summary>The version the answer is written in: of ApiVersions it may be another than the request's.</summary>
    public short ResponseVersion { get; private set; } = header.ApiVersion;

    /// <summary>The answer, which is written when those before it have been.</summary>
    public void Answer(IKafkaResponse response)
    {
        Response = response;
        IsAnswered = true;
    }

    /// <summary>The answer in another version than the request's.</summary>
    public void Answer(IKafkaResponse response, short version)
    {
        ResponseVersion = version;
        Answer(response);
    }

    /// <summary>Nothing is written (acks=0).</summary>
    public void AnswerNothing() => IsAnswered = true;
}
