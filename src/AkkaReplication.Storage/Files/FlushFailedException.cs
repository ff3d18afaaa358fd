namespace AkkaReplication.Storage.Files;

/// <summary>
/// The disk refused to make a log's bytes durable. The system takes the pages for clean from now on, so that neither a
/// later flush nor reading them back proves anything: whatever the log held since the last success counts as lost.
/// </summary>
internal sealed class FlushFailedException(string message, Exception innerException) : IOException(message, innerException);
