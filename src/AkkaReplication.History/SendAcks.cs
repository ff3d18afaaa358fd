namespace AkkaReplication.History;

/// <summary>Which acknowledgement a send asked for, in Kafka's words. Decides what an <see cref="Outcome.Ok"/> promises.</summary>
public enum SendAcks : byte
{
    /// <summary><c>acks=all</c>: acknowledged means kept.</summary>
    All,

    /// <summary><c>acks=1</c>: the leader had it. It may be lost with the leader; such losses are counted.</summary>
    Leader,

    /// <summary><c>acks=0</c>: it was handed over. It may be lost at any time; such losses are counted.</summary>
    None,
}
