namespace AkkaReplication;

/// <summary>A request was refused or failed; <see cref="Error"/> is Kafka's code for the reason.</summary>
public class ReplicationException : Exception
{
    public ReplicationException(ErrorCode error, string message)
        : base($"{error.KafkaName()}: {message}") => Error = error;

    public ReplicationException(ErrorCode error, string message, Exception? innerException)
        : base($"{error.KafkaName()}: {message}", innerException) => Error = error;

    /// <summary>Kafka's error code.</summary>
    public ErrorCode Error { get; }

    /// <summary>Whether the same request may succeed later.</summary>
    public virtual bool IsRetriable => Error.IsRetriable();

    /// <summary>
    /// The request failed, but an attempt of it, or a part of it, was lost on the way and may have been carried out
    /// nevertheless.
    /// </summary>
    public bool MayHaveBeenCarriedOut { get; init; }
}
